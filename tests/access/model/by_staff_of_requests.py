"""What staff do about people who register: the rules, the links, and the answers to requests."""

from django.db.models import QuerySet

from tests.access.model.happening import Left, Reach, event, told
from tests.access.model.world import Spot, World
from tradedoor.access.models import Access, State
from tradedoor.registration.actions.deciding import approve as approve_them
from tradedoor.registration.actions.deciding import approve_for
from tradedoor.registration.actions.deciding import decline as decline_them
from tradedoor.registration.actions.deciding_many import decide
from tradedoor.registration.actions.links import link_for, new_link, set_registering
from tradedoor.registration.actions.rules import Wish, change_rules
from tradedoor.registration.models import Approval, Decision, Mode, Registration
from tradedoor.registration.queries import rules_of

# Who came without a link becomes a contact of a customer that is there, who may have been anything here before.
SETTLES = (
    "none>current cancelled>current declined>current pending>current requested>current requested>declined"
)


@event("staff", moves="requested>current")
def approve(w: World, spot: Spot, _other: int) -> None:
    told(approve_them([w.access(spot).pk], actor=w.sam))


@event("staff", moves="requested>declined")
def decline(w: World, spot: Spot, _other: int) -> None:
    told(decline_them([w.access(spot).pk], reason="Nobody here knows you.", actor=w.sam))


@event("staff", moves="requested>current", reach=Reach.ANYBODY)
def approve_both(w: World, spot: Spot, other: int) -> None:
    _decide(w, Decision.APPROVED, spot, other)


@event("staff", moves="requested>declined", reach=Reach.ANYBODY)
def decline_both(w: World, spot: Spot, other: int) -> None:
    _decide(w, Decision.DECLINED, spot, other)


def _decide(w: World, decision: Decision, spot: Spot, other: int) -> None:
    """As a bulk action does of the rows that were chosen."""
    decided = decide(decision, [*w.ids(spot), *w.ids(Spot(other, spot.store))], actor=w.sam)
    if not decided.done:
        raise Left(decided.left[0].code if decided.left else "no_access")


@event("staff", moves=SETTLES, reach=Reach.ANYBODY, elsewhere=True)
def approve_a_stranger_as_a_colleague(w: World, spot: Spot, _other: int) -> None:
    """Whoever asks by no link at this store is of this customer."""
    found = _strangers(w, spot).first()
    if found is None:
        raise Left("no_stranger")
    approve_for(found, w.customer(spot.contact), actor=w.sam)


def _strangers(w: World, spot: Spot) -> QuerySet[Access]:
    typed = Registration.objects.exclude(company="").filter(decision="").values("access")
    rows = Access.objects.filter(store=w.store(spot), state=State.REQUESTED, pk__in=typed)
    return rows.select_related("store", "customer", "contact", "login").order_by("pk")


@event("staff", elsewhere=True)
def let_in_by_link(w: World, spot: Spot, _other: int) -> None:
    """As a store has it from the start."""
    _rule(w, spot, Wish())


@event("staff", elsewhere=True)
def approve_who_comes_by_link(w: World, spot: Spot, _other: int) -> None:
    _rule(w, spot, Wish(approval=Approval.STAFF))


@event("staff", elsewhere=True)
def let_anyone_ask(w: World, spot: Spot, _other: int) -> None:
    _rule(w, spot, Wish(mode=Mode.OPEN))


@event("staff", elsewhere=True)
def let_nobody_register(w: World, spot: Spot, _other: int) -> None:
    _rule(w, spot, Wish(mode=Mode.OFF))


@event("staff", elsewhere=True)
def ask_for_no_mailbox_first(w: World, spot: Spot, _other: int) -> None:
    _rule(w, spot, Wish(confirm_first=False))


def _rule(w: World, spot: Spot, wish: Wish) -> None:
    store = w.store(spot)
    change_rules(store, wish, version=rules_of(store).version, actor=w.sam)


@event("staff", elsewhere=True)
def make_a_new_estore_link(w: World, spot: Spot, _other: int) -> None:
    new_link(w.store(spot), w.customer(spot.contact), actor=w.sam)


@event("staff", elsewhere=True)
def stop_the_estore_link(w: World, spot: Spot, _other: int) -> None:
    set_registering(
        link_for(w.store(spot), w.customer(spot.contact), actor=w.sam), registers=False, actor=w.sam
    )
