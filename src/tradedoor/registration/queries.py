"""eStore links and rules as pages and hand-outs see them."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from tradedoor.core.actor import Actor
from tradedoor.core.addresses import domain_of
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact, Customer, Department
from tradedoor.registration.codes import hash_of
from tradedoor.registration.lookalikes import looks_like
from tradedoor.registration.models import EstoreLink, Registration, Rules, VerifiedDomain
from tradedoor.registration.policy import Known, Verdict, judge
from tradedoor.stores.models import Store

MOST_LOOKED_AT = 5000


def estore_links(
    customers: Collection[Customer], stores: Collection[Store], *, actor: Actor
) -> Mapping[tuple[int, int], EstoreLink]:
    """The living link of each (store, customer) by their keys; those that have none yet are left out. One query.

    Raises `NotAllowed`.
    """
    require(actor, Permission.ESTORE_LINK_SHOW, stores=[store.pk for store in stores])
    rows = EstoreLink.objects.living().filter(customer__in=customers, store__in=stores)
    return {(row.store_id, row.customer_id): row for row in rows.select_related("store", "customer")}


def link_by_code(code: str, *, store: Store) -> EstoreLink | None:
    """The link that was opened at this store, former ones too; None for whatever is made up or of another store.

    Takes no actor, because whoever holds a link stands before the store's public door.
    """
    found = EstoreLink.objects.filter(code_hash=hash_of(code), store=store)
    return found.select_related("store", "customer").first()


def carried_link(link_id: int, *, store: Store) -> EstoreLink | None:
    """The link that a visitor of this store came by a moment ago. Takes no actor for the same reason."""
    return EstoreLink.objects.filter(pk=link_id, store=store).select_related("store", "customer").first()


def rules_of(store: Store) -> Rules:
    """What the store says of registering; the defaults where it never said anything. Takes no actor, because the
    form before the door is made by it."""
    return Rules.objects.filter(store=store).first() or Rules(store=store)


def rules_of_stores(stores: Collection[Store]) -> Mapping[int, Rules]:
    """The same for several stores, by their keys, in one query."""
    known = {rules.store_id: rules for rules in Rules.objects.filter(store__in=stores)}
    return {store.pk: known.get(store.pk) or Rules(store=store) for store in stores}


def known_of(domain: str, *, store: Store, link: EstoreLink | None) -> Known:
    """What is known of a mail domain at this store. Takes no actor: the answer decides, and is not shown."""
    verified = VerifiedDomain.objects.filter(
        store=store,
        domain=domain,
        customer__archived_at=None,
    ).exclude(customer__status=Customer.Status.INACTIVE)
    customer_id = verified.values_list("customer_id", flat=True).first()
    if link is None or customer_id is not None or _is_used(domain, customer_id=link.customer_id):
        return Known(verified_for=customer_id)
    return Known(looks_like=looks_like(domain, _domains_of(link.customer_id)))


def try_address(email: str, *, rules: Rules, store: Store, link: EstoreLink | None, actor: Actor) -> Verdict:
    """What would become of this address under `rules`, saved or not. Raises `NotAllowed`, `Invalid`."""
    require(actor, Permission.STORE_READ, stores=[store.pk])
    domain = domain_of(email)
    return judge(domain, rules=rules, link=link, known=known_of(domain, store=store, link=link))


def verified_domains(store: Store, *, actor: Actor) -> list[VerifiedDomain]:
    """The verified domains of a store with their customers, by name. Raises `NotAllowed`."""
    require(actor, Permission.STORE_READ, stores=[store.pk])
    rows = VerifiedDomain.objects.filter(store=store).select_related("customer")
    return list(rows.order_by("customer__sort_name", "domain"))


def _people_of(customer_id: int) -> QuerySet[Contact]:
    return Contact.objects.living().filter(customer=customer_id).exclude(email_canonical="")


def _is_used(domain: str, *, customer_id: int) -> bool:
    return _people_of(customer_id).filter(email_canonical__endswith=f"@{domain}").exists()


def _domains_of(customer_id: int) -> set[str]:
    """The mail domains that the customer's people use; of a very large one those of the first some thousand."""
    emails = _people_of(customer_id).order_by("pk").values_list("email_canonical", flat=True)
    return {email.rpartition("@")[2] for email in emails[:MOST_LOOKED_AT]}


def departments_for(link: EstoreLink | None) -> list[Department]:
    """The departments a person who came by this link may choose from, Main first. Takes no actor, as the form."""
    if link is None:
        return []
    living = Department.objects.filter(customer=link.customer_id, archived_at=None)
    return list(living.order_by("-is_main", "name_key", "pk"))


def waiting_registration(public_id: UUID, *, store: Store) -> Registration | None:
    """The registration this browser typed a moment ago, while its mailbox is not proven. Takes no actor: the
    cookie that names it is signed."""
    found = Registration.objects.filter(public_id=public_id, store=store, confirmed_at=None)
    return found.filter(expires_at__gt=timezone.now()).first()
