"""Customers of the demo company that look after their own people in one store, and a request that waits for one."""

from secrets import token_urlsafe

from django.db.models import Exists, OuterRef, QuerySet

from tradedoor.access.actions.buyers import change_roles
from tradedoor.access.models import Access, Role, State
from tradedoor.access.sets import these
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.registration.actions.answering import answer
from tradedoor.registration.actions.applying import Application, register
from tradedoor.registration.actions.confirming import confirm_with_new_password
from tradedoor.registration.actions.links import link_for
from tradedoor.registration.actions.rules import Wish, change_rules
from tradedoor.registration.models import Approval, Registration
from tradedoor.stores.models import Store

ADMINS = 2


def let_customers_decide(store: Store, *, actor: Actor) -> None:
    """The store leaves approval to the customers' admins; two customers have one, and somebody asks one of them."""
    change_rules(store, Wish(approval=Approval.ADMINS), version=0, actor=actor)
    current = Access.objects.filter(store=store, state=State.CURRENT, contact__archived_at=None).order_by(
        "pk"
    )
    asking = _uninvited(store).filter(customer__in=current.values("customer")).order_by("pk").first()
    if asking is None:
        return
    first = current.filter(customer=asking.customer).values_list("pk", flat=True)[:1]
    others = current.exclude(customer=asking.customer).values_list("pk", flat=True)[: ADMINS - 1]
    change_roles(these([*first, *others]), Role.COMPANY_ADMIN, actor=actor)
    _ask(store, asking, actor=actor)


def _uninvited(store: Store) -> QuerySet[Contact]:
    """Who has no access there, and nowhere a password that nobody knows."""
    reached = Access.objects.filter(contact=OuterRef("pk"))
    unknown = reached.exclude(store=store).filter(state__in=(State.CURRENT, State.DEACTIVATED))
    people = Contact.objects.living().exclude(email_canonical="").select_related("customer")
    return people.exclude(Exists(unknown)).exclude(Exists(reached.filter(store=store)))


def _ask(store: Store, contact: Contact, *, actor: Actor) -> None:
    """By the customer's eStore link, as somebody whom the CRM knows and nobody has invited."""
    person = Actor.nobody()
    given = Application(
        email=contact.email, first_name=contact.first_name, last_name=contact.last_name, phone=contact.phone
    )
    asked = register(store, link_for(store, contact.customer, actor=actor), given, actor=person)
    answer(asked.pk, mail=1, actor=actor)
    link_id = Registration.objects.values_list("link_id", flat=True).get(pk=asked.pk)
    confirm_with_new_password(link_id or 0, token_urlsafe(24), store=store, actor=person)
