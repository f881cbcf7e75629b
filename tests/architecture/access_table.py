"""Who may reach which address: the whole URLconf, a line for each name (security.md, ACC-05).

    "staff:customers": page(*ALL_STAFF),                      # GET only
    "staff:customer-edit": form(*CRM, args=["customer"]),     # GET and POST
    "staff:customer-archive": act(*CRM, args=["customer"]),   # POST only
    "storefront:catalogue": at_store(page(BUYER)),            # the door of the store instead of the sellers'

Who is named is let through: any answer but a refusal, be it a page, a redirect or a form that was not filled in.
Staff who are not named get `otherwise` (403, or 404 where that a thing exists is a secret); whoever is nobody at
that door is sent to its sign-in page. `args` are the address's arguments by their names in `world.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

NOBODY, BUYER, COMPANY_ADMIN = "nobody", "buyer", "company_admin"
VIEWER, CRM_EDITOR, CATALOGUE_ORDERS = "viewer", "crm_editor", "catalogue_orders"
ACCESS_MANAGER, OWNER = "access_manager", "owner"
ROLES = (NOBODY, VIEWER, CRM_EDITOR, CATALOGUE_ORDERS, ACCESS_MANAGER, OWNER, BUYER)

ALL_STAFF = (VIEWER, CRM_EDITOR, CATALOGUE_ORDERS, ACCESS_MANAGER, OWNER)
CRM = (CRM_EDITOR, ACCESS_MANAGER, OWNER)
ACCESS = (ACCESS_MANAGER, OWNER)
CATALOGUE = (CATALOGUE_ORDERS, OWNER)
EVERYBODY = ROLES

LET_IN, SIGN_IN, REFUSED, MISSING = "let in", "sign in", "refused", "missing"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table."""

    methods: tuple[str, ...]
    let_in: frozenset[str]
    args: Sequence[str] = ()
    otherwise: str = REFUSED
    at_store: bool = False
    # Who may look where only those let in may change.
    readers: frozenset[str] = frozenset()

    @property
    def asking(self) -> Sequence[str]:
        """Who is let try. A company admin is a buyer, save where there is something for admins only."""
        return (*ROLES, COMPANY_ADMIN) if COMPANY_ADMIN in self.let_in else ROLES

    def expected(self, role: str, method: str = "GET") -> str:
        if role in self.let_in or (method == "GET" and role in self.readers):
            return LET_IN
        insiders = {BUYER} if self.at_store else set(ALL_STAFF)
        return self.otherwise if role in insiders else SIGN_IN


def page(*roles: str, args: Sequence[str] = (), otherwise: str = REFUSED) -> Rule:
    return Rule(("GET",), frozenset(roles), args, otherwise)


def form(*roles: str, args: Sequence[str] = (), otherwise: str = REFUSED) -> Rule:
    return Rule(("GET", "POST"), frozenset(roles), args, otherwise)


def settings(*roles: str, args: Sequence[str] = ()) -> Rule:
    """A form that all staff see and these roles may send."""
    return replace(form(*roles, args=args), readers=frozenset(ALL_STAFF))


def act(*roles: str, args: Sequence[str] = (), otherwise: str = REFUSED) -> Rule:
    return Rule(("POST",), frozenset(roles), args, otherwise)


def at_store(rule: Rule) -> Rule:
    """The same at the store's door, where staff are nobody; the store is the first argument."""
    return replace(rule, at_store=True, args=["store", *rule.args])


TABLE: Mapping[str, Rule] = {
    # Asked by machines
    "healthz": page(*EVERYBODY),
    "readyz": page(*EVERYBODY),
    # Desk
    "staff:sign-in": form(*EVERYBODY),
    "staff:sign-in-link": page(*EVERYBODY, args=["token"]),
    "staff:sign-in-link-page": form(*EVERYBODY),
    "staff:sign-out": act(*EVERYBODY),
    "staff:home": page(*ALL_STAFF),
    "staff:account": form(*ALL_STAFF),
    "staff:account-password": form(*ALL_STAFF),
    "staff:account-sessions-end": act(*ALL_STAFF),
    "staff:search": page(*ALL_STAFF),
    "staff:mail": page(*ALL_STAFF),
    "staff:mail-pause": act(OWNER),
    "staff:mail-resume": act(OWNER),
    "staff:mail-message": page(*ACCESS, args=["mail"]),
    "staff:mail-preview": page(*ACCESS, args=["mail"]),
    "staff:jobs": page(*ALL_STAFF),
    "staff:job": page(*ALL_STAFF, args=["work"]),
    "staff:job-stop": act(OWNER, args=["work"]),
    "staff:job-resume": act(OWNER, args=["work"]),
    "staff:job-result": page(OWNER, args=["work"]),
    # Whoever started it, and only where it made links.
    "staff:job-links": act(args=["work"]),
    "staff:activity": page(*ALL_STAFF),
    "staff:activity-export": page(*ACCESS),
    "staff:staff": page(OWNER),
    "staff:staff-add": form(OWNER),
    "staff:staff-edit": form(OWNER, args=["staff"]),
    "staff:staff-deactivate": form(OWNER, args=["staff"]),
    "staff:staff-reenable": act(OWNER, args=["staff"]),
    "staff:staff-link": act(OWNER, args=["staff"]),
    "staff:help": page(*ALL_STAFF),
    "staff:help-page": page(*ALL_STAFF, args=["help"]),
    # CRM
    "staff:customers": page(*ALL_STAFF),
    "staff:customer-add": form(*CRM),
    "staff:customers-bulk": act(*CRM),
    "staff:customers-export": form(*CRM),
    "staff:price-tier-add": form(*CRM),
    "staff:customer": page(*ALL_STAFF, args=["customer"]),
    "staff:customer-details": page(*ALL_STAFF, args=["customer"]),
    "staff:customer-edit": form(*CRM, args=["customer"]),
    "staff:customer-departments": page(*ALL_STAFF, args=["customer"]),
    "staff:customer-contacts": page(*ALL_STAFF, args=["customer"]),
    "staff:customer-contact-add": form(*CRM, args=["customer"]),
    "staff:customer-estore": page(*ALL_STAFF, args=["customer"]),
    "staff:customers-handouts": act(*ACCESS),
    "staff:handouts-file": page(OWNER, args=["work"]),
    "staff:estore-handout": page(*ACCESS, args=["customer", "store"]),
    "staff:estore-handout-pdf": page(*ACCESS, args=["customer", "store"]),
    "staff:estore-qr-svg": page(*ACCESS, args=["customer", "store"]),
    "staff:estore-qr-png": page(*ACCESS, args=["customer", "store"]),
    "staff:estore-new-link": form(*ACCESS, args=["customer", "store"]),
    "staff:estore-limits": form(*ACCESS, args=["customer", "store"]),
    "staff:estore-registering": act(*ACCESS, args=["customer", "store"]),
    "staff:estore-email": form(*ACCESS, args=["customer", "store"]),
    "staff:estore-email-mail": page(*ACCESS, args=["customer", "store"]),
    "staff:customer-orders": page(*ALL_STAFF, args=["customer"]),
    "staff:customer-activity": page(*ALL_STAFF, args=["customer"]),
    "staff:customer-activity-export": page(*ACCESS, args=["customer"]),
    "staff:contact-activity-export": page(*ACCESS, args=["contact"]),
    "staff:customer-status": act(*CRM, args=["customer"]),
    "staff:customer-reenable": form(*ACCESS, args=["customer"]),
    "staff:customer-merge": form(*CRM, args=["customer"]),
    "staff:customer-merge-continue": act(*CRM, args=["customer"]),
    "staff:customer-archive": form(*CRM, args=["customer"]),
    "staff:customer-restore": act(*CRM, args=["customer"]),
    "staff:department-add": form(*CRM, args=["customer"]),
    "staff:department-edit": form(*CRM, args=["department"]),
    "staff:department-archive": act(*CRM, args=["department"]),
    "staff:department-restore": act(*CRM, args=["department"]),
    "staff:contacts": page(*ALL_STAFF),
    "staff:contact-add": page(*CRM),
    "staff:contacts-bulk": act(*CRM),
    "staff:contacts-export": form(*CRM),
    "staff:contact": page(*ALL_STAFF, args=["contact"]),
    "staff:contacts-details": act(*ACCESS),
    "staff:contact-details": form(*ACCESS, args=["contact"]),
    "staff:contact-edit": form(*CRM, args=["contact"]),
    "staff:contact-merge": form(*CRM, args=["contact"]),
    "staff:contact-move": form(*CRM, args=["contact"]),
    "staff:contact-activity": page(*ALL_STAFF, args=["contact"]),
    "staff:contact-archive": form(*CRM, args=["contact"]),
    "staff:contact-restore": act(*CRM, args=["contact"]),
    "staff:import": form(*CRM, CATALOGUE_ORDERS),
    "staff:import-map": form(*CRM, args=["import"]),
    "staff:import-preview": page(*CRM, args=["import"]),
    "staff:import-apply": act(*CRM, args=["import"]),
    "staff:import-result": page(*CRM, args=["import"]),
    # Access, stores and catalogue
    "staff:access": page(*ALL_STAFF),
    "staff:access-all-bulk": act(*ACCESS),
    "staff:access-all-export": page(*ACCESS),
    "staff:dashboard": page(*ALL_STAFF, args=["store"]),
    "staff:mailouts": page(*ALL_STAFF, args=["store"]),
    "staff:mailouts-kind": page(*ALL_STAFF, args=["store", "mailing"]),
    "staff:mailouts-export": page(*CRM, args=["store", "mailing"]),
    "staff:mailchimp": settings(OWNER, args=["store"]),
    "staff:mailchimp-sync": act(OWNER, args=["store"]),
    "staff:mailchimp-disconnect": form(OWNER, args=["store"]),
    "staff:insights": page(*ALL_STAFF, args=["store"]),
    "staff:access-bulk": act(*ACCESS, args=["store"]),
    "staff:access-export": page(*ACCESS, args=["store"]),
    "staff:access-resend": act(*ACCESS, args=["store", "access"]),
    "staff:access-cancel": act(*ACCESS, args=["store", "access"]),
    "staff:access-link": act(*ACCESS, args=["store", "access"]),
    "staff:access-links": act(*ACCESS, args=["store"]),
    "staff:access-all-links": act(*ACCESS),
    "staff:links": form(*ACCESS, args=["store"]),
    "staff:links-file": act(*ACCESS, args=["store"]),
    "staff:access-reset": act(*ACCESS, args=["store", "access"]),
    "staff:access-end-sessions": act(*ACCESS, args=["store", "access"]),
    "staff:access-role": form(*ACCESS, args=["store", "access"]),
    "staff:access-compromised": form(*ACCESS, args=["store", "access"]),
    "staff:access-deactivate": act(*ACCESS, args=["store", "access"]),
    "staff:access-wider": form(*ACCESS, args=["store", "access"]),
    "staff:access-undo-deed": act(*ACCESS, args=["store", "access", "deed"]),
    "staff:access-dates-cancel": act(*ACCESS, args=["store", "access"]),
    "staff:access-undo": act(*ACCESS, args=["store", "access"]),
    "staff:access-reenable": act(*ACCESS, args=["store", "access"]),
    "staff:access-why": page(*ALL_STAFF),
    "staff:access-clear": act(*ACCESS, args=["store", "access"]),
    "staff:access-take": act(*ACCESS, args=["store", "access"]),
    "staff:access-leave": act(*ACCESS, args=["store", "access"]),
    "staff:access-assign": form(*ACCESS, args=["store", "access"]),
    "staff:access-relink": act(*ACCESS, args=["store", "access"]),
    "staff:access-undo-edit": act(*ACCESS, args=["store", "access"]),
    "staff:access-invite-owner": act(*ACCESS, args=["store", "access"]),
    "staff:access-change-all": act(*ACCESS, args=["store", "access"]),
    "staff:access-split": act(*ACCESS, args=["store", "access"]),
    "staff:email-changes": page(*ALL_STAFF),
    "staff:email-changes-cancel": act(*CRM),
    "staff:email-changes-confirm": act(*ACCESS, args=["work"]),
    "staff:email-change": page(*ALL_STAFF, args=["email_change"]),
    "staff:email-change-decide": act(*ACCESS, args=["email_change"]),
    "staff:store-emails": form(*ACCESS, args=["store"]),
    "staff:contact-email-now": act(*ACCESS, args=["contact"]),
    "staff:invite": form(*ACCESS, args=["store"]),
    "staff:invite-send": act(*ACCESS, args=["store"]),
    "staff:invite-contact": form(*ACCESS, args=["contact"]),
    "staff:invite-contacts": act(*ACCESS),
    "staff:stores": page(*ALL_STAFF),
    "staff:store-add": form(OWNER),
    "staff:store-settings": settings(OWNER, args=["store"]),
    "staff:store-look": settings(OWNER, args=["store"]),
    "staff:store-invitations": settings(OWNER, args=["store"]),
    "staff:store-mail-pause": act(OWNER, args=["store"]),
    "staff:store-mail-resume": act(OWNER, args=["store"]),
    "staff:store-login-details": settings(OWNER, args=["store"]),
    "staff:store-handout": settings(OWNER, args=["store"]),
    "staff:store-handout-restore": form(OWNER, args=["store"]),
    "staff:store-handout-sample": page(*ALL_STAFF, args=["store"]),
    "staff:store-handout-own": page(*ALL_STAFF, args=["store"]),
    "staff:store-handout-example": page(*ALL_STAFF, args=["store"]),
    "staff:store-handout-example-pdf": page(*ALL_STAFF, args=["store"]),
    "staff:requests-all-bulk": act(*ACCESS),
    "staff:requests-bulk": act(*ACCESS, args=["store"]),
    "staff:access-request": replace(form(*ACCESS, args=["store", "request"]), readers=frozenset(ALL_STAFF)),
    "staff:access-approve": act(*ACCESS, args=["store", "request"]),
    "staff:store-registration": settings(OWNER, args=["store"]),
    "staff:store-registration-try": act(*ALL_STAFF, args=["store"]),
    "staff:store-registration-preview": page(*ALL_STAFF, args=["store", "version"]),
    "staff:store-kind": settings(OWNER, args=["store"]),
    "staff:store-switch": act(OWNER, args=["store"]),
    "staff:store-activity": page(*ALL_STAFF, args=["store"]),
    "staff:store-activity-export": page(*ACCESS, args=["store"]),
    "staff:store-door-preview": page(*ALL_STAFF, args=["store"]),
    "staff:store-theme-preview": page(*ALL_STAFF, args=["store"]),
    "staff:store-art-preview": page(*ALL_STAFF, args=["store"]),
    "staff:store-mark-preview": page(*ALL_STAFF, args=["store"]),
    "staff:invitation-preview": form(*ALL_STAFF, args=["store"]),
    "staff:invitation-mail": page(*ALL_STAFF, args=["store"]),
    "staff:products": page(*ALL_STAFF),
    "staff:products-export": page(*ALL_STAFF),
    "staff:product": page(*ALL_STAFF, args=["product"]),
    "staff:product-edit": form(*CATALOGUE, args=["product"]),
    "staff:product-publish": act(*CATALOGUE, args=["product"]),
    "staff:product-unpublish": act(*CATALOGUE, args=["product"]),
    "staff:product-archive": act(*CATALOGUE, args=["product"]),
    "staff:product-restore": act(*CATALOGUE, args=["product"]),
    # Store: its look, and what stands before the door
    "storefront:theme": at_store(page(*EVERYBODY, args=["version"])),
    "storefront:mark": at_store(page(*EVERYBODY)),
    "storefront:art": at_store(page(*EVERYBODY)),
    "storefront:logo": at_store(page(*EVERYBODY)),
    "storefront:banner": at_store(page(*EVERYBODY)),
    "storefront:sign-in": at_store(form(*EVERYBODY)),
    "storefront:choose": at_store(act(*EVERYBODY)),
    "storefront:sign-out": at_store(act(*EVERYBODY)),
    "storefront:estore-link": at_store(page(*EVERYBODY, args=["token"])),
    "storefront:register": at_store(form(*EVERYBODY)),
    "storefront:register-waiting": at_store(form(*EVERYBODY)),
    "storefront:register-confirm": at_store(form(*EVERYBODY)),
    "storefront:register-link": at_store(page(*EVERYBODY, args=["token"])),
    "storefront:join": at_store(form(*EVERYBODY)),
    "storefront:join-again": at_store(act(*EVERYBODY)),
    "storefront:join-link": at_store(page(*EVERYBODY, args=["token"])),
    "storefront:forgot": at_store(form(*EVERYBODY)),
    "storefront:reset": at_store(form(*EVERYBODY)),
    "storefront:reset-link": at_store(page(*EVERYBODY, args=["token"])),
    "storefront:first-password": at_store(form(*EVERYBODY)),
    "storefront:first-password-link": at_store(page(*EVERYBODY, args=["token"])),
    "storefront:report": at_store(form(*EVERYBODY)),
    "storefront:unsubscribe": at_store(form(*EVERYBODY, args=["token"])),
    "storefront:mailchimp-hook": at_store(form(*EVERYBODY, args=["token"])),
    "storefront:report-link": at_store(page(*EVERYBODY, args=["token"])),
    # Store: behind the door
    "storefront:home": at_store(page(BUYER)),
    "storefront:catalogue": at_store(page(BUYER)),
    "storefront:product": at_store(page(BUYER, args=["product"])),
    "storefront:image": at_store(page(BUYER, args=["product", "number"])),
    "storefront:account": at_store(page(BUYER)),
    "storefront:go": at_store(act(BUYER, args=["access"])),
    "storefront:change-password": at_store(form(BUYER)),
    # For the customer's own admins; for other buyers there is no such page.
    "storefront:people": at_store(page(COMPANY_ADMIN, otherwise=MISSING)),
    "storefront:people-invite": at_store(form(COMPANY_ADMIN, otherwise=MISSING)),
    "storefront:person-role": at_store(form(COMPANY_ADMIN, args=["access"], otherwise=MISSING)),
    "storefront:person-request": at_store(form(COMPANY_ADMIN, args=["request"], otherwise=MISSING)),
    "storefront:person-deactivate": at_store(act(COMPANY_ADMIN, args=["access"], otherwise=MISSING)),
    "storefront:person-undo": at_store(act(COMPANY_ADMIN, args=["access"], otherwise=MISSING)),
    "storefront:person-reenable": at_store(act(COMPANY_ADMIN, args=["access"], otherwise=MISSING)),
    "storefront:person-resend": at_store(act(COMPANY_ADMIN, args=["access"], otherwise=MISSING)),
    "storefront:person-cancel": at_store(act(COMPANY_ADMIN, args=["access"], otherwise=MISSING)),
    "storefront:end-session": at_store(act(BUYER, args=["session"])),
}
