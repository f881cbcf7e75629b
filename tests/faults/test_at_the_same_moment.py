"""Several at the same moment at the pages: one wins, and each of the others is told what happened."""

import pytest

from tests.access.doors.browsing import Browser
from tests.access.doors.conftest import signed_in
from tests.faults.conftest import at_once
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.actions.passwords import send_reset
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Session
from tradedoor.accounts.tokens import token_of
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)
TWELVE = range(12)
BUSY = 503


def person(number: int) -> Browser:
    """Somebody at an address of their own, so that no count of tries joins them."""
    browser = Browser()
    browser.client.defaults["REMOTE_ADDR"] = f"198.51.100.{number + 1}"
    return browser


def password(number: int) -> str:
    return f"nine copper lanterns {number}"


def press_when_there_is_room(who: Browser, label: str, **typed: str) -> None:
    """Press, and once more for as long as the page says that too many hash at this moment."""
    while who.press(label, **typed).status == BUSY:
        assert "Too many people are signing in at this moment." in who.page.text


def path_of(purpose: Purpose, store: Store, page: str) -> str:
    return f"/s/{store.slug}/{page}/{token_of(OneTimeLink.objects.filter(purpose=purpose).latest('pk'))}/"


def test_of_two_staff_who_change_one_contact_one_is_told_and_nothing_typed_is_lost(
    bea_contact: Contact, ada_login: Login, sam_login: Login
) -> None:
    typed = {"Ada Admin": {"phone": "111"}, "Sam Seller": {"job_title": "Head of tea"}}
    desks = {str(login): signed_in(login) for login in (ada_login, sam_login)}
    for desk in desks.values():
        desk.open(f"/crm/contacts/{bea_contact.public_id}/edit/")

    at_once(*(lambda name=name: desks[name].press("Save", **typed[name]) for name in desks))

    statuses = {desk.page.status: name for name, desk in desks.items()}
    assert set(statuses) == {200, 409}
    first, second = statuses[200], statuses[409]
    assert "Bea Buyer is saved." in desks[first].page.text
    page = desks[second].page
    assert f"{first} changed this while you were editing." in page.text
    [(field, value)] = typed[second].items()
    assert f'value="{value}"' in page.html
    [(their_field, theirs)] = typed[first].items()
    assert theirs in page.text

    assert "Bea Buyer is saved." in desks[second].press("Save", **{their_field: theirs}).text
    bea_contact.refresh_from_db()
    assert (getattr(bea_contact, field), getattr(bea_contact, their_field)) == (value, theirs)
    assert AuditRow.objects.filter(event="contact.updated", contact_id=bea_contact.pk).count() == 2


def test_an_invitation_sent_twelve_times_at_once_joins_once_and_eleven_are_told(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    access = invite_contact(harbour, bea_contact, actor=sam)
    people = [person(number) for number in TWELVE]
    for one in people:
        one.open(path_of(Purpose.INVITATION, harbour, "join"))

    at_once(
        *(lambda n=n: press_when_there_is_room(people[n], "Join Now", password=password(n)) for n in TWELVE)
    )

    winners = [n for n in TWELVE if people[n].page.offers("Sign out")]
    assert len(winners) == 1
    for n in set(TWELVE) - set(winners):
        assert people[n].page.status == 410
        assert "This invitation has been used" in people[n].page.text
        assert people[n].page.offers("Sign in")
    assert Session.objects.count() == 1
    assert AuditRow.objects.filter(event="invitation.accepted", access_id=access.pk).count() == 1
    assert [n for n in TWELVE if signs_in(n)] == winners
    assert Access.objects.get(pk=access.pk).state == State.CURRENT
    assert not counts_match()


def test_a_reset_sent_twelve_times_at_once_sets_one_password_and_eleven_are_told(
    bea: Access, harbour: Store, sam: Actor
) -> None:
    send_reset(harbour.pk, "bea@acme.example", actor=sam)
    people = [person(number) for number in TWELVE]
    for one in people:
        one.open(path_of(Purpose.RESET, harbour, "password/reset"))

    at_once(
        *(
            lambda n=n: press_when_there_is_room(people[n], "Save new password", password=password(n))
            for n in TWELVE
        )
    )

    winners = [n for n in TWELVE if people[n].page.status == 200]
    assert len(winners) == 1
    for n in set(TWELVE) - set(winners):
        assert people[n].page.status == 410
        assert "has been used" in people[n].page.text
    assert [n for n in TWELVE if signs_in(n)] == winners
    assert AuditRow.objects.filter(event="accounts.login.password_set").count() == 1


def signs_in(number: int) -> bool:
    """Whether the password that this one typed is the one that counts."""
    browser = Browser()
    browser.client.defaults["REMOTE_ADDR"] = f"203.0.113.{number + 1}"
    browser.open("/s/harbour/login/")
    browser.press("Sign in", email="bea@acme.example", password=password(number))
    return browser.page.offers("Sign out")
