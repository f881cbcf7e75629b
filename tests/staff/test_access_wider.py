"""Deactivate, with more to say: the page, what it tells, Undo, and the days on the rows."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import make
from tests.staff.conftest import SignedIn
from tests.staff.test_crm_contacts import text_of
from tests.web.markup import faults_of
from tradedoor.access.actions import wider
from tradedoor.access.date_jobs import switch
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login
from tradedoor.accounts.roles import Role
from tradedoor.config.schedule import prepare_background
from tradedoor.crm.models import Customer
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


def at(access: Access, page: str) -> str:
    return f"/stores/{access.store.slug}/access/{access.public_id}/{page}/"


def in_days(days: int) -> str:
    return (timezone.now().date() + timedelta(days=days)).isoformat()


def dashboard(access: Access, tab: str) -> str:
    return f"/stores/{access.store.slug}/dashboard/?tab={tab}"


def undo_in(answer: Any) -> str:
    text = text_of(answer)
    start = text.index('formaction="', text.index("data-toast")) + len('formaction="')
    return text[start : text.index('"', start)].replace("&amp;", "&")


@pytest.fixture
def colleagues(acme: Customer, harbour: Store, meadow: Store, bea: Access) -> list[Access]:
    return [
        make.access(bea.contact, meadow),
        make.access(make.contact(acme), harbour, state=State.PENDING),
        make.access(make.contact(acme), harbour),
    ]


def test_the_button_offers_more_and_the_row_menu_too(sam_client: Client, bea: Access) -> None:
    assert f"{at(bea, 'more')}?next=" in text_of(sam_client.get(dashboard(bea, "current")))
    answer = sam_client.post(at(bea, "deactivate"), follow=True)
    text = text_of(answer)
    assert "More…" in text
    assert f"{at(bea, 'more')}?next=" in text[text.index("data-toast") :]


def test_the_page_says_what_each_choice_would_end(
    sam_client: Client, bea: Access, colleagues: list[Access]
) -> None:
    text = text_of(sam_client.get(at(bea, "more")))
    for words in (
        "Bea Buyer in Harbour",
        "Bea Buyer in all stores",
        "Everyone at Acme, in all stores",
        "3 current accesses · 1 invitation is cancelled for good",
        "midnight where the store is (UTC)",
    ):
        assert words in text
    assert faults_of(text) == []


def test_everyone_is_deactivated_told_and_taken_back(
    sam_client: Client, bea: Access, colleagues: list[Access]
) -> None:
    answer = sam_client.post(at(bea, "more"), {"scope": "customer", "reason": "Closed"}, follow=True)

    text = text_of(answer)
    assert "2 people can no longer sign in." in text
    assert "1 invitation is cancelled for good." in text
    assert "In 2 stores." in text
    assert "Nobody else of Acme can sign in to this store." in text
    assert not Access.objects.filter(state=State.CURRENT).exists()

    answer = sam_client.post(undo_in(answer), follow=True)
    assert "3 accesses are current again." in text_of(answer)
    assert "Invitations that were cancelled stay so" in text_of(answer)
    assert Access.objects.filter(state=State.CURRENT).count() == 3


def test_days_show_on_the_row_and_are_taken_back(sam_client: Client, bea: Access) -> None:
    form = {"scope": "store", "end_on": in_days(5), "return_on": in_days(9)}
    text = text_of(sam_client.post(at(bea, "more"), form, follow=True))
    assert "1 access ends on" in text
    row = text_of(sam_client.get(dashboard(bea, "current")))
    assert "Ends on" in row
    assert "Back on" in row
    assert "Cancel the dates" in row
    record = text_of(sam_client.get(f"/crm/contacts/{bea.contact.public_id}/"))
    assert "Ends on" in record

    text = text_of(sam_client.post(at(bea, "dates/cancel"), follow=True))
    assert "no date is set any more" in text
    assert "Ends on" not in text_of(sam_client.get(dashboard(bea, "current")))


def test_after_the_button_a_reason_and_a_return_are_added(sam_client: Client, bea: Access) -> None:
    sam_client.post(at(bea, "deactivate"))
    page = text_of(sam_client.get(at(bea, "more")))
    assert "deactivated in this store already" in page
    form = {"scope": "store", "reason": "On leave", "return_on": in_days(30)}
    assert "Back on" in text_of(sam_client.post(at(bea, "more"), form, follow=True))
    row = text_of(sam_client.get(dashboard(bea, "deactivated")))
    assert "On leave" in row
    assert "Back on" in row


def test_a_return_that_cannot_be_says_why(sam_client: Client, bea: Access) -> None:
    sam_client.post(at(bea, "more"), {"scope": "store", "return_on": in_days(1)})
    Access.objects.filter(pk=bea.pk).update(return_on=timezone.now().date())
    Login.objects.filter(accesses=bea).update(is_active=False)
    switch()
    row = text_of(sam_client.get(dashboard(bea, "deactivated")))
    assert "Was to come back on" in row
    assert "The login of this email is switched off." in row


def test_wrong_days_stand_beside_their_field_with_what_was_typed(sam_client: Client, bea: Access) -> None:
    form = {"scope": "stores", "end_on": in_days(-1), "reason": "Kept"}
    answer = sam_client.post(at(bea, "more"), form)
    assert answer.status_code == 422
    text = text_of(answer)
    assert "Choose a day after today, or leave it empty." in text
    assert 'value="Kept"' in text
    assert f'value="{in_days(-1)}"' in text
    assert faults_of(text) == []
    assert sam_client.post(at(bea, "more"), {"scope": "world"}).status_code == 422
    bad = sam_client.post(at(bea, "more"), {"scope": "store", "end_on": "tomorrow"})
    assert bad.status_code == 422
    bea.refresh_from_db()
    assert bea.state == State.CURRENT


def test_pressed_twice_the_second_says_there_is_nobody(sam_client: Client, bea: Access) -> None:
    sam_client.post(at(bea, "more"), {"scope": "stores"})
    answer = sam_client.post(at(bea, "more"), {"scope": "stores"}, follow=True)
    assert "Nobody was left to deactivate." in text_of(answer)


def test_rights_over_one_store_end_there_and_say_what_is_left(
    signed_in: SignedIn, bea: Access, colleagues: list[Access], harbour: Store
) -> None:
    mia = signed_in(make.staff("Mia", role=Role.ACCESS_MANAGER, stores=(harbour,)))
    assert "1 in stores beyond your rights is left alone" in text_of(mia.get(at(bea, "more")))
    answer = mia.post(at(bea, "more"), {"scope": "stores"}, follow=True)
    assert "1 access in stores beyond your rights was left alone." in text_of(answer)
    assert Access.objects.get(pk=colleagues[0].pk).state == State.CURRENT
    assert mia.get(at(colleagues[0], "more")).status_code == 404


def test_everyone_at_a_large_customer_ends_by_a_job_whose_page_is_the_receipt(
    sam_client: Client, bea: Access, colleagues: list[Access], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wider, "AT_ONCE", 2)
    prepare_background()
    sam_client.get(at(bea, "more"))
    answer = sam_client.post(at(bea, "more"), {"scope": "customer", "reason": "Closed"}, follow=True)
    work = Work.objects.get()
    assert answer.redirect_chain[-1][0] == f"/jobs/{work.public_id}/"
    assert "1 person can no longer sign in." in text_of(answer)

    drive_work(work.pk)

    answer = sam_client.get(f"/jobs/{work.public_id}/")
    text = text_of(answer)
    assert "2 people can no longer sign in. 1 invitation is cancelled for good. In 2 stores." in text
    assert "Nobody else of Acme can sign in to this store." in text
    assert not faults_of(text)
    undo = text[text.index('"/stores/harbour/access/') + 1 :].split('"')[0]
    answer = sam_client.post(undo, follow=True)
    drive_work(Work.objects.latest("pk").pk)
    assert {row.state for row in Access.objects.all()} == {State.CURRENT, State.CANCELLED}
    assert undo not in text_of(sam_client.get(f"/jobs/{work.public_id}/"))
