"""Home: the first steps, later what needs a person. And what stands around every page."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests import make
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.models import Access
from tradedoor.accounts.models import Login, OneTimeLink
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.models import Job, Work
from tradedoor.mail.models import MailMessage, MailRelay
from tradedoor.stores.models import Store


def home(browser: Client) -> str:
    answer = browser.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_new_installation_opens_on_the_first_steps(ada_client: Client) -> None:
    page = home(ada_client)

    assert "First steps" in page
    assert "0 of 6 done" in page
    assert 'href="/stores/add/"' in page
    assert 'href="/crm/import/"' in page
    assert "tradedoor demo" in page


def test_steps_are_ticked_off_as_they_are_done(
    ada_client: Client, harbour: Store, bea_contact: Contact
) -> None:
    page = home(ada_client)

    assert "2 of 6 done" in page
    assert f'href="/stores/{harbour.slug}/invite/"' in page
    assert "tradedoor demo" not in page


def test_a_viewer_sees_the_steps_but_no_button_that_would_refuse(vic_client: Client) -> None:
    page = home(vic_client)

    assert "First steps" in page
    assert 'href="/stores/add/"' not in page
    assert 'href="/crm/import/"' not in page


def test_later_home_says_what_needs_a_person(ada_client: Client, bea: Access) -> None:
    page = home(ada_client)

    assert "First steps" not in page
    assert "Nothing waits for you." in page


def test_an_invitation_about_to_run_out_is_named(
    ada_client: Client, ada: Actor, harbour: Store, bea_contact: Contact
) -> None:
    invite_contacts(harbour, [bea_contact.pk], actor=ada)
    assert "runs out within 2 days" not in home(ada_client)

    Access.objects.update(invitation_expires_at=timezone.now() + timedelta(hours=30))
    OneTimeLink.objects.update(expires_at=timezone.now() + timedelta(hours=30))

    assert "1 invitation runs out within 2 days" in home(ada_client)


def test_mail_trouble_and_waiting_mail_are_named(ada_client: Client, bea: Access) -> None:
    long_ago = timezone.now() - timedelta(minutes=9)
    MailMessage.objects.create(template="x", to_email="a@b.example", run_at=long_ago, created_at=long_ago)
    MailRelay.objects.update_or_create(
        pk=1, defaults={"trouble_code": "connect", "trouble_reply": "no route", "trouble_since": long_ago}
    )

    page = home(ada_client)

    assert "The mail server cannot be used" in page
    assert "1 mail waits" in page


def test_a_running_job_shows_its_progress_and_asks_again_by_itself(
    ada_client: Client, ada_login: Login, bea: Access
) -> None:
    now = timezone.now()
    work = Work.objects.create(
        kind="x", title="Import of people.csv", state="running", total=480, done=312, run_at=now,
        created_at=now, started_at=now - timedelta(seconds=60), counts={"changed": 7}, login_id=ada_login.pk,
    )  # fmt: skip

    page = home(ada_client)

    assert "312 of 480 checked · 7 changed · less than a minute left" in page
    assert f'hx-get="/jobs/{work.public_id}/"' in page


def test_a_silent_worker_is_a_red_bar_on_every_page(ada_client: Client) -> None:
    long_ago = timezone.now() - timedelta(minutes=6)
    Job.objects.create(name="x", run_at=long_ago, created_at=long_ago)

    for address in ("/", "/help/", "/activity/"):
        assert "No worker has been seen for 5 minutes" in ada_client.get(address).content.decode()


def test_home_costs_the_same_however_much_there_is(
    ada_client: Client,
    bea: Access,
    nils: Access,
    harbour: Store,
    acme: Customer,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(30) as few:
        home(ada_client)
    before = len(few.captured_queries)
    for _number in range(5):
        make.access(make.contact(acme), harbour)
        make.store(f"Store {_number}")

    with django_assert_max_num_queries(30) as more:
        home(ada_client)

    assert len(more.captured_queries) <= before


@pytest.mark.parametrize(
    "address", ["/", "/account/", "/mail/", "/jobs/", "/activity/", "/search/", "/help/"]
)
def test_a_visitor_is_sent_to_sign_in_and_back(db: None, nobody: Client, address: str) -> None:
    answer = nobody.get(address)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


def test_htmx_is_told_to_leave_the_page_once_the_session_is_over(db: None, nobody: Client) -> None:
    answer = nobody.get("/search/?q=a", headers={"HX-Request": "true"})

    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/login/")


def test_trying_out_says_so_on_every_page(ada_client: Client, settings: Any) -> None:
    settings.TRADEDOOR_TRIAL = True

    for address in ("/", "/help/"):
        assert "For trying out" in ada_client.get(address).content.decode()


def test_the_navigation_shows_each_role_what_it_may_open(
    ada_client: Client, vic_client: Client, harbour: Store, settings: Any
) -> None:
    settings.TRADEDOOR_MAIL_CAPTURED = False
    owner, viewer = home(ada_client), home(vic_client)

    assert 'class="nav" href="/staff/"' in owner
    assert 'class="nav" href="/staff/"' not in viewer
    assert 'class="nav" href="/stores/add/"' in owner
    assert 'class="nav" href="/stores/add/"' not in viewer
    assert f'href="/stores/{harbour.slug}/dashboard/"' in viewer
    assert "Captured mail" not in owner
