"""What holds after every step, whatever it was: each check looks at the moment before it and the moment after."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tests.access.model.happening import EVENTS, Reach
from tests.access.model.oracle import JOINING, Snapshot, gets_in, leads_in_rightly
from tests.access.model.world import Spot, World
from tradedoor.access.errors import DoorClosed
from tradedoor.access.models import EmailChange, TabCount
from tradedoor.access.policy import Step, may_enter
from tradedoor.accounts.models import OneTimeLink
from tradedoor.audit.models import AuditRow
from tradedoor.crm.models import Contact
from tradedoor.mail.models import MailMessage

LIVING = frozenset({"pending", "current", "requested"})
# What these let happen moves the logins of others too, where emails change places.
OF_SEVERAL_LOGINS = frozenset(
    {"update_emails_from_crm", "update_email", "invite", "resend", "resend_to_both", "make_link"}
)
NOTICES = frozenset({"access.email_changed_old", "access.email_changed_new"})
# These let a scheduled change of the email happen first; where it cannot, that is an error from then on.
APPLYING_EMAIL_CHANGES = frozenset({"invite", "invite_both", "make_link", "resend_to_both", "update_email"})


@dataclass(frozen=True, slots=True)
class Taken:
    """One step: what happened to whom, and how it came out."""

    world: World
    event: str
    spot: Spot
    outcome: str
    before: Snapshot
    after: Snapshot
    history: tuple[AuditRow, ...]


def check(step: Taken) -> None:
    for one in CHECKS:
        one(step)


def _one_live_link_an_access_and_purpose(step: Taken) -> None:
    links = Counter((link.access_id, link.purpose) for link in step.after.living_links() if link.access_id)
    of_logins = Counter(
        (link.login_id, link.purpose)
        for link in step.after.living_links()
        if link.access_id is None and link.login_id
    )
    assert not [key for key, number in (links + of_logins).items() if number > 1]


def _live_links_lead_in_rightly(step: Taken) -> None:
    for link in step.after.living_links():
        if link.purpose in {"invitation", "reset", "first_password"}:
            assert leads_in_rightly(link, step.after), f"{link.purpose} link {link.pk}"


def _no_mail_waits_with_a_link_that_was_ended(step: Taken) -> None:
    ended = OneTimeLink.objects.filter(revoked_at__isnull=False).values("pk")
    waiting = MailMessage.objects.filter(state__in=["queued", "sending"], link_id__in=ended)
    assert list(waiting.values_list("template", flat=True)) == []


def _sessions_are_of_those_who_get_in(step: Taken) -> None:
    for session in step.after.living_sessions():
        access = step.after.accesses[session.access_id or 0]
        # A store that is switched off, or a contact that another program archived, closes the door and ends nothing.
        assert access.state == "current"
        assert session.login_id == access.login_id
        assert session.login.held_at is None
        assert session.login.is_active


def _sessions_that_cannot_be_used_are_gone(step: Taken) -> None:
    living = {one.pk for one in step.after.living_sessions()}
    for session in step.after.sessions:
        access = step.after.accesses.get(session.access_id or 0)
        timely = session.expires_at > step.after.at
        if session.pk not in living and timely and access is not None:
            assert session.access_epoch == access.epoch, "left over after its access moved"
            assert session.login_epoch == session.login.epoch, "left over after its login changed"


def _the_rule_lets_in_whom_it_should(step: Taken) -> None:
    for access in step.after.accesses.values():
        if access.login is None:
            assert not gets_in(access)
            continue
        try:
            may_enter(login=access.login, access=access, store=access.store, step=Step.OPEN_SESSION)
        except DoorClosed:
            assert not gets_in(access), f"{access} is kept out"
        else:
            assert gets_in(access), f"{access} is let in"


def _errors_stand_only_on_pending_and_current(step: Taken) -> None:
    for access_id, reasons in step.after.errors.items():
        state = step.after.state_of(access_id)
        assert len(reasons) == len(set(reasons))
        assert state in {"pending", "current"} or (state == "deactivated" and reasons == ("reported",))


def _an_error_changes_nothing_about_who_gets_in(step: Taken) -> None:
    """Where nothing but errors came or went, everybody who was signed in still is, and the same get in."""
    if step.event not in {"take_error", "leave_error", "clear_error", "clear_all_errors", "history_is_read"}:
        return
    assert {pk: gets_in(row) for pk, row in step.before.accesses.items()} == {
        pk: gets_in(row) for pk, row in step.after.accesses.items()
    }
    assert {one.pk for one in step.before.living_sessions()} == {
        one.pk for one in step.after.living_sessions()
    }
    assert step.before.mails == step.after.mails


def _tabs_partition_the_accesses_and_counts_are_those_of_rows(step: Taken) -> None:
    for access in step.after.accesses.values():
        assert access.tab == step.after.tab_of(access)
    kept = {(row.store_id, row.tab): row.count for row in TabCount.objects.all() if row.count}
    assert kept == dict(step.after.tab_counts())


def _every_change_of_state_has_exactly_one_row_of_history(step: Taken) -> None:
    told: dict[int, list[tuple[str, str]]] = {}
    for row in step.history:
        if row.access_id is not None and "to" in row.data:
            told.setdefault(row.access_id, []).append((row.data["from"] or "none", row.data["to"]))
    for access_id in step.after.accesses:
        state = step.before.state_of(access_id)
        for was, becomes in told.get(access_id, ()):
            assert was == state, f"history says {was}, and it was {state}"
            state = becomes
        assert state == step.after.state_of(access_id), f"history ends with {state}"
    assert not told.keys() - step.after.accesses.keys()


def _every_error_has_its_rows_of_history(step: Taken) -> None:
    raised = sum(row.event == "access.error_raised" for row in step.history)
    closed = sum(row.event == "access.error_closed" for row in step.history)
    closed += sum(len(row.data.get("errors_closed", ())) for row in step.history)
    standing = sum(map(len, step.after.errors.values())) - sum(map(len, step.before.errors.values()))
    assert closed == step.after.closed_errors - step.before.closed_errors
    assert raised == standing + closed


def _every_change_of_a_sign_in_email_has_exactly_one_row(step: Taken) -> None:
    told = Counter(row.login_id for row in step.history if row.event == "accounts.login.email_changed")
    for pk, login in step.after.logins.items():
        was = step.before.logins.get(pk)
        if was is not None and was.email_canonical != login.email_canonical:
            assert told[pk] == 1
        elif was is not None:
            assert told[pk] != 1


def _states_move_only_as_the_event_may(step: Taken) -> None:
    event = EVENTS[step.event]
    moved = [
        (access, step.before.state_of(pk), str(access.state))
        for pk, access in step.after.accesses.items()
        if step.before.state_of(pk) != access.state
    ]
    assert step.outcome == "ok" or not moved, f"refused, and yet moved: {moved}"
    for access, was, becomes in moved:
        assert (was, becomes) in event.moves, f"{step.event}: {was} to {becomes}"
        assert event.reach is Reach.ANYBODY or access.contact_id == step.world.contacts[step.spot.contact]
        assert event.reach is not Reach.SPOT or access.store_id == step.world.stores[step.spot.store]


def _a_refusal_changes_nothing(step: Taken) -> None:
    if step.outcome == "ok" or step.event == "swap_emails":  # two edits, of which the first may stand
        return
    assert {pk: (row.state, row.epoch, row.login_id) for pk, row in step.before.accesses.items()} == {
        pk: (row.state, row.epoch, row.login_id) for pk, row in step.after.accesses.items()
    }
    assert step.before.errors == step.after.errors or step.event in APPLYING_EMAIL_CHANGES
    assert {pk: row.email for pk, row in step.before.logins.items()} == {
        pk: row.email for pk, row in step.after.logins.items() if pk in step.before.logins
    }


def _one_login_an_address(step: Taken) -> None:
    addresses = [login.email_canonical for login in step.after.logins.values()]
    assert len(addresses) == len(set(addresses))
    for login in step.after.logins.values():
        assert login.email_canonical == login.email.casefold()
        assert "@" in login.email_canonical


def _a_login_with_a_password_never_vanishes(step: Taken) -> None:
    kept = {pk for pk, login in step.before.logins.items() if not login.password.startswith("!")}
    assert kept <= step.after.logins.keys()


def _dates_stand_only_where_they_mean_something(step: Taken) -> None:
    for access in step.after.accesses.values():
        assert access.end_on is None or access.state in LIVING
        if access.return_on is not None:
            assert access.state == "deactivated" or (access.state in LIVING and access.end_on is not None)


def _who_left_has_nothing_living(step: Taken) -> None:
    for access in step.after.accesses.values():
        contact = access.contact
        if contact.merged_into_id is not None:
            assert contact.pk in step.world.past or access.state not in LIVING
        elif contact.archived_at is not None:  # who registers from the archive waits for an answer
            assert contact.pk in step.world.past or access.state not in LIVING - {"requested"}
        gone = access.customer.status == "inactive" or access.customer.archived_at is not None
        assert not gone or access.state not in LIVING


def _an_access_is_of_the_customer_of_its_contact(step: Taken) -> None:
    for access in step.after.accesses.values():
        if access.state in LIVING:
            # A file moves contacts past the actions that end accesses, and staff are told.
            is_told = "contact_gone" in step.after.errors.get(access.pk, ())
            # Who came by no link asks as a prospect, and is let in as a colleague where the store is for one.
            waits = access.state == "requested"
            assert access.customer_id == access.contact.customer_id or is_told or waits
            assert access.store.customer_id in {None, access.customer_id} or waits


def _nobody_else_is_signed_out(step: Taken) -> None:
    """What is done to one contact ends no session of a login that does not serve them."""
    if EVENTS[step.event].reach is Reach.ANYBODY or EVENTS[step.event].who == "clock":
        return
    contact_id = step.world.contacts[step.spot.contact]
    theirs = {row.login_id for row in step.before.accesses.values() if row.contact_id == contact_id}
    if step.event in OF_SEVERAL_LOGINS:
        return
    before = {one.pk for one in step.before.living_sessions() if one.login_id not in theirs}
    assert before <= {one.pk for one in step.after.living_sessions()}


def _mail_goes_only_to_whom_it_concerns(step: Taken) -> None:
    """Nobody is mailed of what ended: invitations go to who waits, notices name stores that are open to the login."""
    for mail in MailMessage.objects.filter(pk__gt=step.before.mails):
        access = step.after.accesses.get(mail.access_id or 0)
        if mail.template in JOINING:
            assert access is not None
            assert access.state in {"pending", "current"}, f"{mail.template} to who is {access.state}"
        if (
            mail.template in NOTICES and EVENTS[step.event].who != "clock"
        ):  # which may end an access right after
            of_login = [row for row in step.after.accesses.values() if row.login_id == mail.login_id]
            opened = {row.store_id for row in of_login if row.state == "current"}
            assert set(mail.context["stores"]) <= opened
            assert opened


def _no_email_change_is_stuck_in_silence(step: Taken) -> None:
    """Once the worker has been there, what was due has happened, or says what it waits for."""
    if step.event not in {"minutes_pass", "hour_passes", "days_pass", "week_passes"}:
        return
    due = EmailChange.objects.filter(state="scheduled", due_at__lte=step.after.at, reason="")
    assert not due.exists()


def _no_email_differs_in_silence(step: Taken) -> None:
    """Where the CRM says another email than the login has, a change is open, or an error, or a person wanted it so."""
    waiting = EmailChange.objects.filter(state__in=["scheduled", "unconfirmed", "failed"])
    known = set(waiting.values_list("contact_id", flat=True)) | step.world.cancelled | step.world.past
    # What ended with its contact stays ended (DEA-02), and an access that came along by a merge keeps its login.
    ended = EmailChange.objects.filter(state="cancelled", reason="contact_gone")
    known |= set(ended.values_list("contact_id", flat=True))
    merged = Contact.objects.filter(merged_into__isnull=False)
    known |= set(merged.values_list("merged_into_id", flat=True))
    for access in step.after.accesses.values():
        contact, login = access.contact, access.login
        if access.state in LIVING and login is not None and contact.pk not in known:
            is_so = contact.email_canonical == login.email_canonical or access.pk in step.after.errors
            assert is_so, f"{login.email} signs in, the CRM says {contact.email}"


def _reenabling_revives_no_email_change(step: Taken) -> None:
    if step.event in {"reenable_here", "reenable_both", "undo", "undo_more"}:
        assert not [row for row in step.history if row.event == "email_change.scheduled"]


def _no_email_change_is_on_its_way_for_who_left(step: Taken) -> None:
    open_ones = EmailChange.objects.filter(state__in=["scheduled", "unconfirmed", "failed"])
    left = open_ones.filter(contact__archived_at__isnull=False).exclude(contact__in=step.world.past)
    assert not left.exists()


def _until_a_mailbox_is_proven_nothing_is_made(step: Taken) -> None:
    """Who only filled in a form is nobody yet: no contact, no access, no login (REG-03)."""
    waiting = [row for row in step.after.registrations if row.confirmed_at is None]
    assert not [row for row in waiting if row.contact_id or row.access_id or row.contact_is_new]
    confirmed = {row.pk for row in step.before.registrations if row.confirmed_at is not None}
    proven = [row for row in step.after.registrations if row.confirmed_at and row.pk not in confirmed]
    if EVENTS[step.event].who == "applicant" and not proven:
        assert step.before.accesses.keys() == step.after.accesses.keys()
        assert step.before.logins.keys() == step.after.logins.keys()


def _a_request_waits_for_its_answer(step: Taken) -> None:
    """Whoever stands on Requests asked, and nobody has answered since; nobody is turned down a third time."""
    for pk, access in step.after.accesses.items():
        answers = step.after.answers(pk)
        assert access.state != "requested" or (answers and answers[-1] == "")
        assert answers.count("declined") <= 2


def _only_who_is_in_is_welcomed(step: Taken) -> None:
    for mail in MailMessage.objects.filter(pk__gt=step.before.mails, template="registration.welcome"):
        assert step.after.state_of(mail.access_id) == "current"


CHECKS: tuple[Callable[[Taken], None], ...] = (
    _one_live_link_an_access_and_purpose,
    _live_links_lead_in_rightly,
    _no_mail_waits_with_a_link_that_was_ended,
    _sessions_are_of_those_who_get_in,
    _sessions_that_cannot_be_used_are_gone,
    _the_rule_lets_in_whom_it_should,
    _errors_stand_only_on_pending_and_current,
    _an_error_changes_nothing_about_who_gets_in,
    _tabs_partition_the_accesses_and_counts_are_those_of_rows,
    _every_change_of_state_has_exactly_one_row_of_history,
    _every_error_has_its_rows_of_history,
    _every_change_of_a_sign_in_email_has_exactly_one_row,
    _states_move_only_as_the_event_may,
    _a_refusal_changes_nothing,
    _one_login_an_address,
    _a_login_with_a_password_never_vanishes,
    _dates_stand_only_where_they_mean_something,
    _who_left_has_nothing_living,
    _an_access_is_of_the_customer_of_its_contact,
    _reenabling_revives_no_email_change,
    _no_email_change_is_on_its_way_for_who_left,
    _nobody_else_is_signed_out,
    _mail_goes_only_to_whom_it_concerns,
    _no_email_change_is_stuck_in_silence,
    _no_email_differs_in_silence,
    _until_a_mailbox_is_proven_nothing_is_made,
    _a_request_waits_for_its_answer,
    _only_who_is_in_is_welcomed,
)
