"""Login details for many contacts of a store: counted before, then given in the background, batch by batch."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.utils.translation import gettext as _

from tradedoor.access.actions.details import Given, give_login_details, plan_login_details
from tradedoor.access.actions.sending import require_complete
from tradedoor.accounts.actions.temporary import TemporaryPassword, generated_password, temporary_password
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.jobs.models import Work
from tradedoor.jobs.work import start_work
from tradedoor.stores.models import Store

GIVE_DETAILS = "access.give_login_details"


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of contacts: how many are given details, who keeps their password, and who is left alone."""

    able: int
    keeping: int
    refused: Sequence[tuple[str, int]]

    @property
    def left(self) -> int:
        return sum(number for _sentence, number in self.refused)


def foresee(store: Store, contact_ids: Collection[int], *, actor: Actor) -> Foreseen:
    """Count what giving login details would do; changes nothing. Raises `NotAllowed`."""
    plan = plan_login_details(store, contact_ids, actor=actor)
    able = [candidate for candidate in plan if not candidate.is_refused]
    refused = Counter(candidate.sentence for candidate in plan if candidate.is_refused)
    return Foreseen(len(able), sum(one.keeps_password for one in able), refused.most_common())


def give_in_background(store: Store, contact_ids: Collection[int], *, actor: Actor) -> Work:
    """Start mailing these contacts login details, one job with progress; a second click starts no second one.

    Each gets a link, or a generated temporary password that nobody sees but them, as the store says. Raises
    `NotAllowed`, and `NotPossible` (`store_incomplete`).
    """
    require(actor, Permission.ACCESS_DETAILS, stores=[store.pk])
    require_complete(store)
    ids = sorted(set(contact_ids))
    return start_work(
        GIVE_DETAILS,
        title=_("Login details for %(store)s") % {"store": store.name},
        args={"store_id": store.pk, "contact_ids": ids},
        actor=actor,
        store_id=store.pk,
        total=len(ids),
        dedupe_key=f"{GIVE_DETAILS}:{sha256(repr((store.pk, ids)).encode()).hexdigest()[:32]}",
    )


def give_batch(store: Store, contact_ids: Collection[int], *, actor: Actor) -> Given:
    """Mail these contacts login details as the store says. Raises as `give_login_details`, and `Busy`."""
    told: dict[int, TemporaryPassword] = {}
    if store.login_details == Store.LoginDetails.PASSWORD:
        plan = plan_login_details(store, contact_ids, actor=actor)
        able = [one.contact.pk for one in plan if not one.is_refused and not one.keeps_password]
        told = {key: temporary_password(generated_password(), is_typed=False) for key in able}
    return give_login_details([store], contact_ids, actor=actor, mailed=True, passwords=told)
