"""What email changes hold before they judge, in everybody's order: stores, customers, contacts, accesses, logins."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Q

from tradedoor.access.actions.email_kin import Wish
from tradedoor.access.actions.email_plan import FOLLOWING, MOVING
from tradedoor.access.actions.heads import held_heads
from tradedoor.access.actions.sending import hold
from tradedoor.access.models import Access, EmailChange
from tradedoor.accounts.models import Login
from tradedoor.crm.models import Contact
from tradedoor.stores.models import Store


@dataclass(frozen=True, slots=True)
class Beside:
    """What the caller will hold besides, afterwards in the same transaction, and so has to be held together with it.

    `held` are contacts whom the caller has held before, with their customers and the stores they are in.
    """

    store_ids: Collection[int] = ()
    contact_ids: Collection[int] = ()
    held: Collection[int] = ()


NOTHING = Beside()
# What is judged, written and told of a change, and of its contact.
COLUMNS = (
    "contact_id", "old_email", "old_canonical", "new_email", "new_canonical", "state", "reason", "origin",
    "requested_by_id", "due_at", "contact__public_id", "contact__customer_id", "contact__first_name",
    "contact__last_name", "contact__email", "contact__email_canonical", "contact__archived_at",
    "contact__customer__name",
)  # fmt: skip


def hold_changes(wishes: Sequence[Wish], *, beside: Beside) -> list[EmailChange]:
    """The changes that are still open, with all that is judged and written of them held until the transaction ends.

    Each comes with its contact, and that with its customer.
    """
    contact_ids = [wish.contact_id for wish in wishes]
    accesses = Access.objects.filter(contact_id__in=contact_ids, state__in=FOLLOWING)
    if further := {*contact_ids, *beside.contact_ids}.difference(beside.held):
        of_further = accesses.filter(contact_id__in=further)
        stores = Store.objects.filter(Q(pk__in=of_further.values("store_id")) | Q(pk__in=beside.store_ids))
        hold(list(stores), further)
    own = list(accesses.values_list("pk", "state", "login_id"))
    moving = {login_id for _pk, state, login_id in own if login_id and state in MOVING}
    leaving = moving | _unused(contact_ids)
    # Also those of whoever else has such a login: contacts in the archive let go of it, holds and errors end.
    others = Access.objects.filter(login_id__in=leaving).values_list("pk", flat=True)
    invited = Access.objects.filter(contact_id__in=beside.contact_ids, store_id__in=beside.store_ids)
    locked = held_heads(
        [*(pk for pk, _state, _login_id in own), *others, *invited.values_list("pk", flat=True)]
    )
    logins = leaving | {head.login_id for head in locked.values() if head.login_id is not None}
    list(Login.objects.select_for_update().filter(pk__in=logins).order_by("pk").values_list("pk"))
    held = EmailChange.objects.open().filter(pk__in=[wish.pk for wish in wishes])
    rows = held.select_for_update(of=("self",)).select_related("contact__customer").order_by("pk")
    return list(rows.only(*COLUMNS))


def _unused(contact_ids: Collection[int]) -> set[int]:
    """Logins without a password at the addresses that these contacts go to; they may have to make room."""
    wanted = Contact.objects.filter(pk__in=contact_ids).exclude(email_canonical="")
    holders = Login.objects.buyers().filter(
        email_canonical__in=list(wanted.values_list("email_canonical", flat=True))
    )
    return {login.pk for login in holders.only("password") if not login.has_password}
