"""What happens in the CRM, through the actions that forms, lists and imports call."""

from tests.access.model.happening import ENDS, Left, Reach, event
from tests.access.model.world import Spot, World
from tradedoor.access.actions import crm, merging
from tradedoor.crm.actions import contact_sets
from tradedoor.crm.models import Department

ACTIVE, ON_HOLD, INACTIVE = "active", "on_hold", "inactive"


def edit(w: World, number: int, email: str) -> None:
    contact = w.contact(number)
    crm.update_contact(contact, {"email": email}, version=contact.version, actor=w.sam, confirmed=True)


@event("crm")
def edit_email(w: World, spot: Spot, _other: int) -> None:
    edit(w, spot.contact, f"moved{w.number()}@new.example")


@event("crm")
def edit_email_back(w: World, spot: Spot, _other: int) -> None:
    access = w.access(spot)
    if access.login is None:
        raise Left("no_login")
    edit(w, spot.contact, access.login.email)


@event("crm")
def edit_email_to_that_of_another(w: World, spot: Spot, other: int) -> None:
    edit(w, spot.contact, w.contact(other).email)


@event("crm")
def swap_emails(w: World, spot: Spot, other: int) -> None:
    one, two = w.contact(spot.contact).email, w.contact(other).email
    edit(w, spot.contact, two)
    edit(w, other, one)


@event("crm")
def empty_email(w: World, spot: Spot, _other: int) -> None:
    edit(w, spot.contact, "")


@event("crm", moves=ENDS, reach=Reach.CONTACT)
def archive_contact(w: World, spot: Spot, _other: int) -> None:
    if not crm.archive_contacts([w.contact(spot.contact)], actor=w.sam):
        raise Left("archived")


@event("crm")
def archive_contact_past_us(w: World, spot: Spot, _other: int) -> None:
    """As another program may that speaks to the CRM alone."""
    if not contact_sets.archive_contacts([w.contact(spot.contact)], actor=w.sam):
        raise Left("archived")
    w.past.add(w.contacts[spot.contact])


@event("crm")
def restore_contact(w: World, spot: Spot, _other: int) -> None:
    if not crm.restore_contacts([w.contact(spot.contact)], actor=w.sam):
        raise Left("not_archived")
    w.past.discard(w.contacts[spot.contact])


@event("crm", moves=ENDS, reach=Reach.ANYBODY)
def archive_customer(w: World, spot: Spot, _other: int) -> None:
    if not crm.archive_customers([w.customer(spot.contact)], actor=w.sam):
        raise Left("archived")


@event("crm")
def restore_customer(w: World, spot: Spot, _other: int) -> None:
    if not crm.restore_customers([w.customer(spot.contact)], actor=w.sam):
        raise Left("not_archived")


@event("crm", moves=ENDS, reach=Reach.ANYBODY)
def make_customer_inactive(w: World, spot: Spot, _other: int) -> None:
    _restate(w, spot, INACTIVE)


@event("crm")
def put_customer_on_hold(w: World, spot: Spot, _other: int) -> None:
    _restate(w, spot, ON_HOLD)


@event("crm")
def make_customer_active(w: World, spot: Spot, _other: int) -> None:
    _restate(w, spot, ACTIVE)


def _restate(w: World, spot: Spot, status: str) -> None:
    if not crm.set_customer_status([w.customer(spot.contact)], status, actor=w.sam):
        raise Left("has_status")


@event("crm", moves=ENDS, reach=Reach.ANYBODY)
def merge_into_another(w: World, spot: Spot, other: int) -> None:
    _merge(w, survivor=other, gone=spot.contact)


@event("crm", moves=ENDS, reach=Reach.ANYBODY)
def merge_another_in(w: World, spot: Spot, other: int) -> None:
    _merge(w, survivor=spot.contact, gone=other)


@event("crm", moves=ENDS, reach=Reach.ANYBODY)
def merge_another_in_with_its_email(w: World, spot: Spot, other: int) -> None:
    _merge(w, survivor=spot.contact, gone=other, chosen={"email": w.contacts[other]})


def _merge(w: World, *, survivor: int, gone: int, chosen: dict[str, int] | None = None) -> None:
    rows = [w.contact(survivor), w.contact(gone)]
    seen = {row.pk: row.version for row in rows}
    done = merging.merge_contacts(rows[0], rows[1:], chosen=chosen or {}, seen=seen, actor=w.sam)
    if w.contacts[gone] in w.past and not done.ended:
        w.past.discard(w.contacts[gone])


@event("crm", moves=ENDS, reach=Reach.ANYBODY)
def merge_customers(w: World, spot: Spot, other: int) -> None:
    kept, gone = w.customer(spot.contact), w.customer(other)
    seen = {row.pk: row.version for row in (kept, gone)}
    merging.merge_customers(kept, [gone], chosen={}, seen=seen, actor=w.sam)


@event("crm", moves=ENDS, reach=Reach.CONTACT)
def move_to_another_customer(w: World, spot: Spot, other: int) -> None:
    main = Department.objects.get(customer=w.customer(other), is_main=True)
    if not crm.move_contacts([w.contact(spot.contact)], to=main, actor=w.sam):
        raise Left("nothing_to_move")
