"""What staff do on the dashboard and in the lists: rows of the menus of product.md section 11."""

from datetime import timedelta

from django.db.models import QuerySet

from tests.access.model.happening import ENDS, INVITES, RETURNS, Left, Reach, event, told
from tests.access.model.world import Spot, World
from tradedoor.access.actions import buyers, mending
from tradedoor.access.actions.bulk import Deed
from tradedoor.access.actions.clearing import clear_errors, leave_errors, take_errors
from tradedoor.access.actions.dates import cancel_dates, today_at
from tradedoor.access.actions.deeds import perform
from tradedoor.access.actions.details import give_login_details
from tradedoor.access.actions.email_reports import confirm_report, reverse_report
from tradedoor.access.actions.email_schedule import cancel_changes
from tradedoor.access.actions.email_sync import update_email_now, update_in_background
from tradedoor.access.actions.invitations import cancel_invitation, invite_contacts, resend_invitation
from tradedoor.access.actions.sharing import generate_links
from tradedoor.access.actions.switching import deactivate, reenable, undo_deactivation
from tradedoor.access.actions.wider import Scope, Wish, undo_deed
from tradedoor.access.email_change_queries import email_changes
from tradedoor.access.models import Access, EmailChange, Role, Tab
from tradedoor.access.queries import dashboard
from tradedoor.access.reasons import Reason
from tradedoor.access.sets import Outcome, just, these
from tradedoor.accounts.actions.temporary import temporary_password
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.registration.actions.leaving import deactivate_wider
from tradedoor.stores.actions.stores import set_active

LETS_IN = "none>current pending>current requested>current cancelled>current declined>current"


@event("staff", moves=INVITES)
def invite(w: World, spot: Spot, _other: int) -> None:
    told(invite_contacts(w.store(spot), [w.contacts[spot.contact]], actor=w.sam))


@event("staff")
def resend(w: World, spot: Spot, _other: int) -> None:
    resend_invitation(w.access(spot), actor=w.sam)


@event("staff", moves="pending>cancelled")
def cancel(w: World, spot: Spot, _other: int) -> None:
    cancel_invitation(w.access(spot), actor=w.sam)


@event("staff")
def copy_link(w: World, spot: Spot, _other: int) -> None:
    buyers.copy_link(w.access(spot), actor=w.sam)


@event("staff", moves="none>pending cancelled>pending declined>pending")
def make_link(w: World, spot: Spot, _other: int) -> None:
    [shared] = generate_links(w.store(spot), [w.contacts[spot.contact]], actor=w.sam)
    if not shared.url:
        raise Left("no_link")


@event("staff", moves=LETS_IN)
def mail_login_details(w: World, spot: Spot, _other: int) -> None:
    contact_id = w.contacts[spot.contact]
    told(give_login_details([w.store(spot)], [contact_id], actor=w.sam, mailed=True).outcome())


@event("staff", moves=LETS_IN)
def give_temporary_password(w: World, spot: Spot, _other: int) -> None:
    contact_id, raw = w.contacts[spot.contact], w.new_password()
    passwords = {contact_id: temporary_password(raw, is_typed=True)}
    given = give_login_details([w.store(spot)], [contact_id], actor=w.sam, mailed=False, passwords=passwords)
    told(given.outcome())
    w.passwords |= {
        row.login_id: raw for row in given.moved.rows if row.pk not in given.kept and row.login_id is not None
    }


@event("staff", moves="current>deactivated")
def deactivate_here(w: World, spot: Spot, _other: int) -> None:
    told(deactivate(these(w.ids(spot)), actor=w.sam).outcome)


@event("staff", moves=ENDS, reach=Reach.CONTACT)
def deactivate_everywhere(w: World, spot: Spot, _other: int) -> None:
    _deactivate_more(w, spot, Wish(scope=Scope.STORES))


@event("staff", moves=ENDS, reach=Reach.ANYBODY)
def deactivate_whole_customer(w: World, spot: Spot, _other: int) -> None:
    _deactivate_more(w, spot, Wish(scope=Scope.CUSTOMER, reason="The contract is over."))


@event("staff")
def set_last_day(w: World, spot: Spot, _other: int) -> None:
    today = today_at(w.store(spot))
    _deactivate_more(w, spot, Wish(end_on=today + timedelta(days=2)))


@event("staff", moves=ENDS)
def deactivate_until_a_day(w: World, spot: Spot, _other: int) -> None:
    today = today_at(w.store(spot))
    _deactivate_more(w, spot, Wish(return_on=today + timedelta(days=2)))


def _deactivate_more(w: World, spot: Spot, wish: Wish) -> None:
    access = w.access(spot)
    left = deactivate_wider(access, wish, actor=w.sam)
    w.deeds[access.pk] = left.receipt.deed


@event("staff")
def take_back_dates(w: World, spot: Spot, _other: int) -> None:
    cancel_dates(these(w.ids(spot)), actor=w.sam)


@event("staff", moves="deactivated>current")
def undo(w: World, spot: Spot, _other: int) -> None:
    told(undo_deactivation(these(w.ids(spot)), actor=w.sam))


@event("staff", moves=RETURNS, reach=Reach.ANYBODY)
def undo_more(w: World, spot: Spot, _other: int) -> None:
    access = w.access(spot)
    if access.pk not in w.deeds:
        raise Left("no_deed")
    told(undo_deed(access, w.deeds[access.pk], actor=w.sam))


@event("staff", moves=RETURNS)
def reenable_here(w: World, spot: Spot, _other: int) -> None:
    told(reenable(these(w.ids(spot)), actor=w.sam).outcome)


@event("staff")
def change_role(w: World, spot: Spot, _other: int) -> None:
    access = w.access(spot)
    role = Role.APPROVER if access.role == Role.BUYER else Role.BUYER
    buyers.change_role(access, role, actor=w.sam)


@event("staff")
def end_sessions(w: World, spot: Spot, _other: int) -> None:
    told(buyers.sign_out(just(w.access(spot)), actor=w.sam).outcome)


@event("staff")
def send_reset_link(w: World, spot: Spot, _other: int) -> None:
    told(buyers.send_reset_links(just(w.access(spot)), actor=w.sam))


@event("staff")
def mark_compromised(w: World, spot: Spot, _other: int) -> None:
    buyers.mark_compromised(w.access(spot), actor=w.sam)


@event("staff")
def clear_error(w: World, spot: Spot, _other: int) -> None:
    told(clear_errors(these(w.ids(spot)), actor=w.sam).outcome())


@event("staff")
def clear_all_errors(w: World, spot: Spot, _other: int) -> None:
    rows = dashboard(w.store(spot), tab=Tab.ERROR, actor=w.sam)
    clear_errors(these(rows.values_list("pk", flat=True)), actor=w.sam)


@event("staff")
def take_error(w: World, spot: Spot, _other: int) -> None:
    if not take_errors(just(w.access(spot)), actor=w.sam):
        raise Left(Reason.NO_ERROR)


@event("staff")
def leave_error(w: World, spot: Spot, _other: int) -> None:
    if not leave_errors(just(w.access(spot)), actor=w.sam):
        raise Left(Reason.NO_ERROR)


@event("staff")
def relink(w: World, spot: Spot, _other: int) -> None:
    mending.relink(w.access(spot), actor=w.sam)


@event("staff")
def undo_crm_edit(w: World, spot: Spot, _other: int) -> None:
    mending.undo_crm_edit(w.access(spot), actor=w.sam)


@event("staff", moves="current>pending")
def split_off(w: World, spot: Spot, _other: int) -> None:
    mending.split_off(w.access(spot), actor=w.sam)


@event("staff")
def change_for_all(w: World, spot: Spot, _other: int) -> None:
    mending.change_for_all(w.access(spot), actor=w.sam)


@event("staff")
def invite_owner(w: World, spot: Spot, _other: int) -> None:
    mending.invite_owner(w.access(spot), actor=w.sam)


@event("staff")
def update_email(w: World, spot: Spot, _other: int) -> None:
    update_email_now(w.contact(spot.contact), actor=w.sam)


@event("staff")
def update_emails_from_crm(w: World, spot: Spot, _other: int) -> None:
    done = drive_work(update_in_background(w.store(spot), actor=w.sam).pk)
    assert done.state == Work.State.DONE, done.problem


@event("staff")
def cancel_email_change(w: World, spot: Spot, _other: int) -> None:
    ids = [change.pk for change in _changes(w, spot) if change.is_open]
    if not cancel_changes(ids, actor=w.sam):
        raise Left("no_email_change")
    w.cancelled.add(w.contacts[spot.contact])


@event("staff")
def confirm_reported(w: World, spot: Spot, _other: int) -> None:
    confirm_report(_reported(w, spot), actor=w.ada, proved=False)


@event("staff")
def reverse_reported(w: World, spot: Spot, _other: int) -> None:
    change = _reported(w, spot)
    reverse_report(change, actor=w.ada, proved=False)


def _changes(w: World, spot: Spot) -> QuerySet[EmailChange]:
    return email_changes(actor=w.sam).filter(contact=w.contacts[spot.contact]).order_by("-pk")


def _reported(w: World, spot: Spot) -> EmailChange:
    """The change that a report on this access is about, which may be one of another contact of its login."""
    access = w.access(spot)
    found = email_changes(actor=w.ada).filter(login=access.login_id or 0).order_by("-pk")
    reported = [change for change in found if change.is_reported]
    if not reported:
        raise Left("not_reported")
    return reported[0]


BOTH = Reach.ANYBODY


@event("staff", moves=INVITES, reach=BOTH)
def invite_both(w: World, spot: Spot, other: int) -> None:
    told(invite_contacts(w.store(spot), [w.contacts[spot.contact], w.contacts[other]], actor=w.sam))


@event("staff")
def resend_to_both(w: World, spot: Spot, other: int) -> None:
    _perform(w, spot, other, Deed.RESEND)


@event("staff", moves="pending>cancelled", reach=BOTH)
def cancel_both(w: World, spot: Spot, other: int) -> None:
    _perform(w, spot, other, Deed.CANCEL)


@event("staff", moves="current>deactivated", reach=BOTH)
def deactivate_both(w: World, spot: Spot, other: int) -> None:
    _perform(w, spot, other, Deed.DEACTIVATE)


@event("staff", moves=RETURNS, reach=BOTH)
def reenable_both(w: World, spot: Spot, other: int) -> None:
    _perform(w, spot, other, Deed.REENABLE)


def _perform(w: World, spot: Spot, other: int, deed: Deed) -> None:
    """As a bulk action does of the rows that were chosen."""
    done = perform(deed, {*w.ids(spot), *w.ids(Spot(other, spot.store))}, actor=w.sam)
    told(Outcome(done.done, done.refused))


@event("staff")
def switch_store_off(w: World, spot: Spot, _other: int) -> None:
    set_active(w.store(spot), active=False, actor=w.sam)


@event("staff")
def switch_store_on(w: World, spot: Spot, _other: int) -> None:
    set_active(w.store(spot), active=True, actor=w.sam)


def rows_of(w: World) -> QuerySet[Access]:
    """All accesses as staff see them, over all stores."""
    return dashboard(None, tab=None, actor=w.sam)
