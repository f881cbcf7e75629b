"""What email changes hold before they judge, in everybody's order: stores, customers, contacts, accesses, logins."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Q

from tradedoor.access.actions import states
from tradedoor.access.actions.email_plan import FOLLOWING, MOVING
from tradedoor.access.actions.sending import hold
from tradedoor.access.models import Access, EmailChange
from tradedoor.accounts.models import Login
from tradedoor.crm.models import Contact
from tradedoor.stores.models import Store


@dataclass(frozen=True, slots=True)
class Beside:
    """What the caller will hold besides, afterwards in the same transaction, and so has to be held together with it."""

    store_ids: Collection[int] = ()
    contact_ids: Collection[int] = ()


NOTHING = Beside()
# All of a change, and of its contact what is asked before the contact is read anew.
COLUMNS = tuple(field.name for field in EmailChange._meta.concrete_fields)  # noqa: SLF001 - of Django


def hold_changes(changes: Sequence[EmailChange], *, beside: Beside) -> list[EmailChange]:
    """The changes that are still open, with all that is judged and written of them held until the transaction ends."""
    contact_ids = [change.contact_id for change in changes]
    accesses = Access.objects.filter(contact_id__in=contact_ids, state__in=FOLLOWING)
    stores = Store.objects.filter(Q(pk__in=accesses.values("store_id")) | Q(pk__in=beside.store_ids))
    hold(list(stores), {*contact_ids, *beside.contact_ids})
    own = list(accesses.values_list("pk", "state", "login_id"))
    moving = {login_id for _pk, state, login_id in own if login_id and state in MOVING}
    leaving = moving | _unused(contact_ids)
    # Also those of whoever else has such a login: contacts in the archive let go of it, holds and errors end.
    others = Access.objects.filter(login_id__in=leaving).values_list("pk", flat=True)
    invited = Access.objects.filter(contact_id__in=beside.contact_ids, store_id__in=beside.store_ids)
    locked = states.lock(
        [
            *(pk for pk, _state, _login_id in own),
            *others,
            *invited.values_list("pk", flat=True),
        ],
        "login_id",
    )
    logins = leaving | {access.login_id for access in locked if access.login_id is not None}
    list(Login.objects.select_for_update().filter(pk__in=logins).order_by("pk").values_list("pk"))
    held = EmailChange.objects.open().filter(pk__in=[change.pk for change in changes])
    rows = held.select_for_update(of=("self",)).select_related("contact").order_by("pk")
    return list(rows.only(*COLUMNS, "contact__archived_at", "contact__customer_id"))


def _unused(contact_ids: Collection[int]) -> set[int]:
    """Logins without a password at the addresses that these contacts go to; they may have to make room."""
    wanted = Contact.objects.filter(pk__in=contact_ids).exclude(email_canonical="")
    holders = Login.objects.buyers().filter(
        email_canonical__in=list(wanted.values_list("email_canonical", flat=True))
    )
    return {login.pk for login in holders.only("password") if not login.has_password}
