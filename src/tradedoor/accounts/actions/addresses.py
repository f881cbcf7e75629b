"""Logins changing their address, being held, and let go again: the parts that email changes are made of.

They ask for no permission and lock what they write; the flow above has decided and writes the story.
"""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils import timezone

from tradedoor.accounts.actions.logins import Ended, end_everything, end_open
from tradedoor.accounts.actions.temporary import end_temporary_passwords
from tradedoor.accounts.events import Event
from tradedoor.accounts.models import Login, Realm, RevokedWhy
from tradedoor.accounts.passwords import unusable
from tradedoor.audit.record import Entry, record_many
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical
from tradedoor.core.bulk import update_many

# No address holds a blank, so nobody can have or ask for one of these.
ON_THE_WAY = "moving {}"


@transaction.atomic
def move_logins(addresses: Mapping[int, str], *, actor: Actor) -> Ended:
    """Give each of these buyer logins its new address, shown as typed; its own password stays (EMC-03).

    A temporary one ends, since it was told to the address of before. All sessions and links end, and the epochs rise. Two may change places. A fixed number of queries. Raises
    `IntegrityError` where an address belongs to a login that is not among them.
    """
    if not addresses:
        return Ended(sessions=0, links=0)
    new = {login_id: (address, canonical(address)) for login_id, address in addresses.items()}
    # By the keys alone: with the realm too, SQLite reads every buyer there is.
    rows = Login.objects.filter(pk__in=list(new)).select_for_update().order_by("pk")
    old = {
        pk: (email, address, epoch)
        for pk, realm, email, address, epoch in rows.values_list(
            "pk", "realm", "email", "email_canonical", "epoch"
        )
        if realm == Realm.BUYER
    }
    wanted = {address for _shown, address in new.values()}
    # An address is free only once its present owner has left it, and both cannot be written at once.
    between = [(pk, ON_THE_WAY.format(pk)) for pk, (_, address, _) in old.items() if address in wanted]
    update_many(Login, "id", ("email_canonical",), between)
    moved = [(pk, *new[pk], epoch + 1) for pk, (_, _, epoch) in old.items()]
    update_many(Login, "id", ("email", "email_canonical", "epoch"), moved)
    end_temporary_passwords(list(new))
    ended = end_open(list(new), why=RevokedWhy.EMAIL_CHANGED)
    record_many(
        Event.EMAIL_CHANGED,
        actor=actor,
        entries=[
            Entry(login_id=pk, personal={"email": {"old": old[pk][0], "new": shown}})
            for pk, (shown, _address) in new.items()
            if pk in old
        ],
    )
    return ended


def remove_unused(login_ids: Collection[int]) -> int:
    """Remove buyer logins that never had a password and that nothing rests on; how many."""
    rows = Login.objects.filter(pk__in=login_ids)
    ids = [login.pk for login in rows if login.realm == Realm.BUYER and not login.has_password]
    Login.objects.filter(pk__in=ids).delete()
    return len(ids)


@transaction.atomic
def hold_login(login_id: int, *, actor: Actor) -> Ended:
    """Let nobody sign in with this login anywhere until it is released; all it has open ends."""
    Login.objects.filter(pk=login_id, held_at=None).update(held_at=timezone.now())
    ended = end_everything([login_id], why=RevokedWhy.HELD)
    data = {"sessions": ended.sessions, "links": ended.links}
    record_many(Event.HELD, actor=actor, entries=[Entry(login_id=login_id, data=data)])
    return ended


@transaction.atomic
def release_login(login_id: int, *, actor: Actor, forget_password: bool = False) -> None:
    """End the hold. With `forget_password` the login has none any more, and its owner chooses one by mail."""
    login = Login.objects.select_for_update().get(pk=login_id)
    login.held_at = None
    if forget_password:
        login.password = unusable()
        login.password_is_temporary_until = None
    login.epoch += 1
    login.save(update_fields=["held_at", "password", "password_is_temporary_until", "epoch"])
    data = {"password_forgotten": forget_password}
    record_many(Event.RELEASED, actor=actor, entries=[Entry(login_id=login_id, data=data)])
