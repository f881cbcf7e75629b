"""The B2B Dashboard: who stands where, what a row's menu does, and many at once."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import make
from tests.staff.conftest import SignedIn
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.models import Access, State, Tab
from tradedoor.access.queries import counts_match, tab_counts
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.models import Work
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

QUERIES = 15


def dashboard(store: Store, **query: str) -> str:
    return reverse("staff:dashboard", args=[store.slug], query=query or None)


def act(name: str, access: Access) -> str:
    return reverse(f"staff:access-{name}", args=[access.store.slug, access.public_id])


def text_of(response: Any) -> str:
    return str(response.content.decode())


def in_state(state: State, store: Store, customer: Customer, **names: str) -> Access:
    return make.access(make.contact(customer, **names), store, state=state)


def test_a_tab_shows_its_rows_and_counts_them(
    bea: Access, nils: Access, acme: Customer, harbour: Store, sam_client: Client, sam: Actor
) -> None:
    in_state(State.PENDING, harbour, acme, last_name="Waiting")
    in_state(State.DEACTIVATED, harbour, acme, last_name="Gone")
    in_state(State.CANCELLED, harbour, acme, last_name="Never")

    shown = {
        tab: text_of(sam_client.get(dashboard(harbour, tab=tab)))
        for tab in ("current", "pending", "deactivated")
    }

    assert "Bea Buyer" in shown["current"]
    assert "Waiting" not in shown["current"]
    assert "Waiting" in shown["pending"]
    assert "Gone" in shown["deactivated"]
    counts = tab_counts(harbour, actor=sam)
    for tab, html in shown.items():
        assert html.count("data-row") == counts[Tab(tab)]
        assert ">Requests<" not in html, "an empty tab does not show"
        assert "Kim Never" not in html


def test_a_search_runs_over_all_tabs_and_history(
    bea: Access, acme: Customer, harbour: Store, sam_client: Client
) -> None:
    in_state(State.CANCELLED, harbour, acme, last_name="Never")
    in_state(State.DECLINED, harbour, acme, last_name="Refused")

    html = text_of(sam_client.get(dashboard(harbour, q="acme")))

    assert html.count("data-row") == 3
    assert "Cancelled" in html
    assert "Declined" in html


def test_a_row_says_where_the_crm_differs_from_the_login(
    bea: Access, harbour: Store, sam_client: Client
) -> None:
    Contact.objects.filter(pk=bea.contact_id).update(
        email="new@acme.example", email_canonical="new@acme.example"
    )

    assert "CRM has new@acme.example" in text_of(sam_client.get(dashboard(harbour)))


@pytest.mark.parametrize("number", [20, 120])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    number: int, acme: Customer, harbour: Store, sam_client: Client, sam: Actor
) -> None:
    invite_contacts(harbour, [make.contact(acme).pk for _ in range(number)], actor=sam)
    for _ in range(3):
        in_state(State.CURRENT, harbour, acme)

    for tab in ("current", "pending"):
        sam_client.get(dashboard(harbour, tab=tab))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            response = sam_client.get(dashboard(harbour, tab=tab))
        assert response.status_code == 200
        assert len(asked) <= QUERIES, "\n".join(query["sql"][:150] for query in asked)


def test_deactivating_acts_at_once_says_who_else_can_still_enter_and_can_be_undone(
    bea: Access, acme: Customer, harbour: Store, sam_client: Client
) -> None:
    in_state(State.CURRENT, harbour, acme, first_name="Cora", last_name="Colleague")

    html = text_of(sam_client.post(act("deactivate", bea), follow=True))
    bea.refresh_from_db()
    assert bea.state == State.DEACTIVATED
    assert "Bea Buyer can no longer sign in." in html
    assert "Cora Colleague" in html
    assert act("undo", bea) in html

    again = text_of(sam_client.post(act("deactivate", bea), follow=True))
    assert "Only a current customer" in again or "deactivated already" in again

    undone = text_of(sam_client.post(act("undo", bea), follow=True))
    bea.refresh_from_db()
    assert bea.state == State.CURRENT
    assert "Bea Buyer can sign in again" in undone


def test_undo_ends_after_ten_minutes(bea: Access, sam_client: Client) -> None:
    sam_client.post(act("deactivate", bea))
    Access.objects.filter(pk=bea.pk).update(state_since=timezone.now() - timedelta(minutes=11))

    html = text_of(sam_client.post(act("undo", bea), follow=True))

    assert "10 minutes" in html
    bea.refresh_from_db()
    assert bea.state == State.DEACTIVATED


def test_re_enabling_keeps_the_password_or_invites_again(
    acme: Customer, harbour: Store, sam_client: Client
) -> None:
    known = in_state(State.DEACTIVATED, harbour, acme)
    contact = make.contact(acme, "fresh@acme.example")
    fresh = make.access(
        contact, harbour, state=State.DEACTIVATED, login=make.buyer_login("fresh@acme.example", password="")
    )

    assert "same password" in text_of(sam_client.post(act("reenable", known), follow=True))
    assert "see Pending Customers" in text_of(sam_client.post(act("reenable", fresh), follow=True))
    assert set(Access.objects.values_list("state", flat=True)) == {State.CURRENT, State.PENDING}


def test_re_enabling_always_shows_and_says_why_it_is_refused(
    acme: Customer, harbour: Store, sam_client: Client
) -> None:
    gone = in_state(State.DEACTIVATED, harbour, acme)
    Customer.objects.filter(pk=acme.pk).update(status=Customer.Status.INACTIVE)

    html = text_of(sam_client.get(dashboard(harbour, tab="deactivated")))
    assert "Re-enable customer" in html
    assert "The customer is inactive." in html
    assert "The customer is inactive." in text_of(sam_client.post(act("reenable", gone), follow=True))


def test_resending_and_cancelling(
    bea_contact: Contact, harbour: Store, sam: Actor, sam_client: Client
) -> None:
    invite_contacts(harbour, [bea_contact.pk], actor=sam)
    access = Access.objects.get()

    assert "new invitation is on its way" in text_of(sam_client.post(act("resend", access), follow=True))
    assert MailMessage.objects.count() == 2
    assert "is cancelled" in text_of(sam_client.post(act("cancel", access), follow=True))
    assert "no open invitation" in text_of(sam_client.post(act("cancel", access), follow=True))
    assert "no open invitation" in text_of(sam_client.post(act("resend", access), follow=True))


@pytest.mark.parametrize("name", ["resend", "cancel", "deactivate", "undo", "reenable"])
def test_an_access_of_another_store_is_not_there(
    name: str, bea: Access, meadow: Store, ada_client: Client, signed_in: SignedIn
) -> None:
    elsewhere = reverse(f"staff:access-{name}", args=[meadow.slug, bea.public_id])
    assert ada_client.post(elsewhere).status_code == 404
    limited = signed_in(make.staff("Mia Meadow", stores=(meadow,)))
    assert limited.post(act(name, bea)).status_code == 404
    assert limited.get(dashboard(bea.store)).status_code == 404


def test_whoever_only_looks_is_offered_nothing_to_press(
    bea: Access, harbour: Store, vic_client: Client
) -> None:
    html = text_of(vic_client.get(dashboard(harbour)))

    assert "Bea Buyer" in html
    assert "Deactivate customer" not in html
    assert "Invite New Customers" not in html
    assert "data-row" not in html
    assert vic_client.post(act("deactivate", bea)).status_code == 403


def test_many_are_asked_about_first_and_then_done_at_once(
    bea: Access, nils: Access, acme: Customer, harbour: Store, sam_client: Client
) -> None:
    waiting = in_state(State.PENDING, harbour, acme)
    chosen = {"id": [str(row.public_id) for row in (bea, nils, waiting)], "deed": "deactivate"}
    address = reverse("staff:access-bulk", args=[harbour.slug])

    asked = text_of(sam_client.post(address, chosen))
    assert "Deactivate 2 customers?" in asked
    assert "Only a current customer can be deactivated." in asked
    assert Access.objects.filter(state=State.DEACTIVATED).count() == 0

    done = text_of(sam_client.post(address, chosen | {"sure": "1", "reason": "Left"}, follow=True))
    assert "2 people can no longer sign in." in done
    assert "1 was left alone" in done
    assert Access.objects.filter(state=State.DEACTIVATED, deactivated_reason="Left").count() == 2
    assert not counts_match()


def test_all_that_match_run_as_a_job_whose_banner_the_dashboard_shows(
    acme: Customer, borealis: Customer, harbour: Store, sam_client: Client
) -> None:
    for _ in range(51):
        in_state(State.CURRENT, harbour, acme)
    other = in_state(State.CURRENT, harbour, borealis)
    address = reverse("staff:access-bulk", args=[harbour.slug])
    chosen = {"all": "1", "query": "tab=current&customer=acme", "deed": "deactivate"}

    assert "Deactivate 51 customers?" in text_of(sam_client.post(address, chosen))
    html = text_of(sam_client.post(address, chosen | {"sure": "1"}, follow=True))

    work = Work.objects.get()
    assert (work.total, work.store_id) == (51, harbour.pk)
    assert f"job-{work.public_id}" in html
    assert work.args["rows"]["customer"] == "acme"
    assert other.state == State.CURRENT


def test_nobody_chosen_is_said_and_an_unknown_deed_refused(harbour: Store, sam_client: Client) -> None:
    address = reverse("staff:access-bulk", args=[harbour.slug])

    assert "Nobody was chosen" in text_of(sam_client.post(address, {"deed": "cancel"}, follow=True))
    assert sam_client.post(address, {"deed": "erase"}).status_code == 422


def test_all_stores_are_listed_with_the_store_and_only_those_of_the_scope(
    bea: Access, bea_contact: Contact, harbour: Store, meadow: Store, sam_client: Client, signed_in: SignedIn
) -> None:
    make.access(bea_contact, meadow)

    html = text_of(sam_client.get(reverse("staff:access")))
    assert html.count("data-row") == 2
    assert dashboard(meadow) in html

    limited = signed_in(make.staff("Mia Meadow", stores=(meadow,)))
    assert text_of(limited.get(reverse("staff:access"))).count("data-row") == 1


def test_an_export_is_what_the_list_shows_and_no_spreadsheet_runs_it(
    bea: Access, nils: Access, acme: Customer, harbour: Store, sam_client: Client, vic_client: Client
) -> None:
    in_state(State.CURRENT, harbour, acme, first_name="=HYPERLINK(1)", last_name="Evil")
    address = reverse(
        "staff:access-export", args=[harbour.slug], query={"tab": "current", "customer": "acme"}
    )

    response = sam_client.get(address)
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]  # a streamed answer

    assert {row[6] for row in rows[1:]} >= {"bea@acme.example"}
    assert len(rows) == 3
    assert "'=HYPERLINK(1)" in {row[4] for row in rows}
    assert "attachment" in response["Content-Disposition"]
    assert vic_client.get(address).status_code == 403


def test_an_empty_store_says_what_to_do_first(harbour: Store, sam_client: Client) -> None:
    html = text_of(sam_client.get(dashboard(harbour)))

    assert "Nobody can sign in at present" in html
    assert reverse("staff:invite", args=[harbour.slug]) in html
    assert "Nothing matches" in text_of(sam_client.get(dashboard(harbour, q="zzzz")))


def test_typing_in_the_search_brings_the_table_alone(bea: Access, harbour: Store, sam_client: Client) -> None:
    response = sam_client.get(
        dashboard(harbour, q="bea"), headers={"HX-Request": "true", "HX-Target": "people"}
    )

    assert "<html" not in text_of(response)
    assert "Bea Buyer" in text_of(response)
    assert "HX-Request" in response["Vary"]


def test_the_way_back_never_leads_outside(bea: Access, sam_client: Client, sam_login: Login) -> None:
    response = sam_client.post(act("deactivate", bea) + "?next=https://evil.example/")
    assert response["Location"] == dashboard(bea.store)
    response = sam_client.post(act("reenable", bea) + "?next=/access/%3Ftab%3Dcurrent")
    assert response["Location"] == "/access/?tab=current"
