"""The reminder of an invitation that is about to run out."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests import make
from tradedoor.access.actions.invitations import cancel_invitation, invite_contact, resend_invitation
from tradedoor.access.actions.reminding import remind
from tradedoor.access.actions.sharing import generate_links
from tradedoor.access.emails import REMINDER, reminders_to
from tradedoor.access.events import Event
from tradedoor.access.models import Access
from tradedoor.accounts.models import Login, OneTimeLink
from tradedoor.accounts.tokens import token_of
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.core.permissions import Permission
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.registry import task_named
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import render
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

CLOCK = Actor.job("tests", permissions=frozenset({Permission.ACCESS_REMIND}))
In = Callable[[float], int]


@pytest.fixture
def access(bea_contact: Contact, harbour: Store, sam: Actor) -> Access:
    made = invite_contact(harbour, bea_contact, actor=sam)
    sent()
    return made


@pytest.fixture
def after() -> In:
    """Let the clock strike once so many days from now; how many reminders that made."""

    def strike(days: float) -> int:
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
            return remind(actor=CLOCK)

    return strike


def sent(state: MailMessage.State = MailMessage.State.SENT) -> None:
    MailMessage.objects.filter(state="queued").update(state=state, sent_at=timezone.now())


def reminders() -> list[str]:
    return list(MailMessage.objects.filter(template=REMINDER).values_list("to_email", flat=True))


def test_one_reminder_goes_out_two_days_before_the_end_with_the_same_link(access: Access, after: In) -> None:
    assert after(4.9) == 0
    assert after(5.1) == 1
    assert after(5.2) == 0

    assert reminders() == ["bea@acme.example"]
    with time_machine.travel(timezone.now() + timedelta(days=5.2), tick=False):
        mail = render(MailMessage.objects.get(template=REMINDER))
    assert mail
    token = token_of(OneTimeLink.objects.get())
    assert mail.subject == "Your invitation to Harbour ends soon"
    assert f"/s/harbour/join/{token}/" in mail.text
    assert f"/s/harbour/join/{token}/" in mail.html
    assert "Join Now" in mail.html
    row = AuditRow.objects.get(event=Event.REMINDED)
    assert (row.access_id, row.data) == (access.pk, {"link_id": OneTimeLink.objects.get().pk})


def test_the_clock_does_it_for_all_batch_by_batch(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=5.5), tick=False):
        task_named("access.remind")()
        task_named("access.remind")()

    assert reminders() == ["bea@acme.example"]


def test_days_count_from_sending(access: Access, after: In) -> None:
    MailMessage.objects.update(sent_at=timezone.now() + timedelta(days=4.5))

    assert after(5.1) == 0
    assert after(5.6) == 1


def test_a_new_invitation_has_a_reminder_of_its_own(access: Access, sam: Actor, after: In) -> None:
    assert after(5.5) == 1
    with time_machine.travel(timezone.now() + timedelta(days=6), tick=False):
        resend_invitation(access, actor=sam)
        sent()

    assert after(7) == 0
    assert after(11.5) == 1


@pytest.mark.parametrize("state", [MailMessage.State.QUEUED, MailMessage.State.FAILED])
def test_nobody_is_reminded_of_what_never_arrived(
    state: MailMessage.State, access: Access, after: In
) -> None:
    MailMessage.objects.update(state=state, sent_at=None)

    assert after(5.5) == 0


def test_nobody_is_reminded_of_a_link_that_was_not_mailed(
    bea_contact: Contact, harbour: Store, sam: Actor, after: In
) -> None:
    generate_links(harbour, [bea_contact.pk], actor=sam)

    assert after(5.5) == 0


def test_nobody_is_reminded_who_has_joined_was_cancelled_or_has_another_address(
    access: Access, sam: Actor, after: In
) -> None:
    Contact.objects.update(email_canonical="other@acme.example")
    assert after(5.5) == 0
    Contact.objects.update(email_canonical="bea@acme.example")
    Login.objects.filter(realm="buyer").update(held_at=timezone.now())
    assert after(5.5) == 0
    Login.objects.filter(realm="buyer").update(held_at=None)
    cancel_invitation(access, actor=sam)
    assert after(5.5) == 0


def test_a_link_that_lives_for_two_days_has_none(
    bea_contact: Contact, harbour: Store, sam: Actor, after: In
) -> None:
    Store.objects.update(invitation_days=2)
    harbour.refresh_from_db()
    invite_contact(harbour, bea_contact, actor=sam)
    sent()

    assert after(1.5) == 0


@pytest.mark.parametrize("off", [{"invitation_reminder": False}, {"is_active": False}])
def test_a_store_can_do_without_and_a_closed_one_does(
    off: dict[str, bool], access: Access, after: In
) -> None:
    Store.objects.update(**off)

    assert after(5.5) == 0


def test_a_reminder_that_waited_too_long_is_not_sent(access: Access, after: In, sam: Actor) -> None:
    assert after(5.5) == 1
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        assert render(MailMessage.objects.get(template=REMINDER)) is None


def test_the_number_of_queries_does_not_grow(
    harbour: Store, sam: Actor, django_assert_max_num_queries: Callable[[int], object], acme: object
) -> None:
    for _ in range(12):
        invite_contact(harbour, make.contact(acme), actor=sam)  # type: ignore[arg-type]  # a customer
    sent()

    with (
        time_machine.travel(timezone.now() + timedelta(days=5.5), tick=False),
        django_assert_max_num_queries(12),  # type: ignore[attr-defined]  # a context manager
    ):
        assert remind(actor=CLOCK) == 12


def test_only_the_clock_reminds(ada: Actor) -> None:
    with pytest.raises(NotAllowed):
        remind(actor=ada)


def test_one_at_which_we_stumble_keeps_no_other_from_being_reminded(
    harbour: Store, sam: Actor, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts = [make.contact(acme) for _ in range(5)]
    for contact in contacts:
        invite_contact(harbour, contact, actor=sam)
    sent()
    really, bad = reminders_to, contacts[2].pk

    def stumbling(of: list[Contact], links: list[OneTimeLink]) -> object:
        if bad in {contact.pk for contact in of}:
            raise RuntimeError("a row that cannot be read")
        return really(of, links)

    monkeypatch.setattr("tradedoor.access.actions.reminding.reminders_to", stumbling)
    with time_machine.travel(timezone.now() + timedelta(days=5.5), tick=False):
        assert remind(actor=CLOCK) == 4
        monkeypatch.undo()
        assert remind(actor=CLOCK) == 1
