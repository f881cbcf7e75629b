"""Invitation links for those who send them by their own means, and a message of their own in the mail."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import make
from tests.staff.conftest import SignedIn
from tradedoor.access.actions.invitations import cancel_invitation, invite_contact
from tradedoor.access.actions.joining import look_at_invitation
from tradedoor.access.actions.sharing import generate_links
from tradedoor.access.events import Event
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import OneTimeLink, Session
from tradedoor.audit.models import AuditRow
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import render
from tradedoor.staff.views import access_links
from tradedoor.stores.models import Store

NOBODY = Actor.nobody(ip="198.51.100.12")


def text_of(response: Any) -> str:
    return str(response.content.decode())


def file_of(response: Any) -> list[dict[str, str]]:
    assert response.headers["Content-Type"].startswith("text/csv"), response.content
    assert "no-store" in response.headers["Cache-Control"]
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def lives(url: str, store: Store) -> bool:
    token = url.rstrip("/").rpartition("/")[2]
    return look_at_invitation(token, store=store, actor=NOBODY).is_live


def link_page(access: Access) -> str:
    return reverse("staff:access-link", args=[access.store.slug, access.public_id])


@pytest.fixture
def pending(bea_contact: Contact, harbour: Store, sam: Actor) -> Access:
    return invite_contact(harbour, bea_contact, actor=sam)


def test_copy_link_shows_the_living_link_in_the_answer_and_nowhere_else(
    pending: Access, harbour: Store, sam_client: Client
) -> None:
    dashboard = text_of(sam_client.get(reverse("staff:dashboard", args=[harbour.slug]) + "?tab=pending"))
    assert link_page(pending) in dashboard
    record = text_of(sam_client.get(reverse("staff:contact", args=[pending.contact.public_id])))
    assert link_page(pending) in record

    response = sam_client.post(link_page(pending))

    html = text_of(response)
    [url] = {
        part.partition('"')[0] for part in html.split('value="')[1:] if "/join/" in part.partition('"')[0]
    }
    assert lives(url, harbour)
    assert "no-store" in response.headers["Cache-Control"]
    assert AuditRow.objects.filter(event=Event.LINK_SHOWN, access_id=pending.pk).count() == 1
    assert "/join/" not in str(list(Session.objects.values_list("data", flat=True)))
    assert sam_client.get(link_page(pending)).status_code == 405


def test_a_dead_link_is_not_shown_and_the_menu_says_why(
    pending: Access, harbour: Store, sam_client: Client
) -> None:
    OneTimeLink.objects.update(expires_at="2020-01-01T00:00Z")
    Access.objects.update(invitation_expires_at="2020-01-01T00:00Z")

    html = text_of(sam_client.post(link_page(pending), follow=True))

    assert "This invitation has run out" in html
    assert "The link does not work any more. Resend the invitation." in html


def test_who_may_not_see_links_has_no_button_and_is_refused(
    pending: Access, harbour: Store, vic_client: Client
) -> None:
    html = text_of(vic_client.get(reverse("staff:dashboard", args=[harbour.slug]) + "?tab=pending"))

    assert "Copy link" not in html
    assert "Generate links" not in html
    assert vic_client.post(link_page(pending)).status_code == 403
    assert vic_client.post(reverse("staff:links-file", args=[harbour.slug])).status_code == 403


def test_links_of_those_picked_come_as_a_file_and_the_row_says_that_no_mail_went_out(
    acme: Customer, harbour: Store, sam_client: Client
) -> None:
    contacts = [make.contact(acme, first_name=name) for name in ("=1+1", "Bo")]
    mute = make.contact(acme, "")
    page = reverse("staff:links", args=[harbour.slug])
    assert "=1+1" in text_of(sam_client.get(page))

    ids = [str(contact.public_id) for contact in (*contacts, mute)]
    rows = file_of(sam_client.post(reverse("staff:links-file", args=[harbour.slug]), {"id": ids}))

    by_name = {row["First name"]: row for row in rows}
    assert by_name["'=1+1"]["Link"].startswith("http")
    assert lives(by_name["Bo"]["Link"], harbour)
    assert by_name[mute.first_name]["Link"] == ""
    assert by_name[mute.first_name]["Note"] == "No email in the CRM."
    assert not MailMessage.objects.exists()
    html = text_of(sam_client.get(reverse("staff:dashboard", args=[harbour.slug]) + "?tab=pending"))
    assert html.count("Link not mailed") >= 2


def test_picking_nobody_is_said_on_the_form(harbour: Store, sam_client: Client) -> None:
    response = sam_client.post(reverse("staff:links-file", args=[harbour.slug]))

    assert response.status_code == 422
    assert "Pick at least one contact." in text_of(response)


def test_all_that_match_are_done_only_once_their_number_was_confirmed(
    acme: Customer, borealis: Customer, harbour: Store, sam_client: Client
) -> None:
    for _ in range(3):
        make.contact(acme)
    make.contact(borealis)
    to = reverse("staff:links-file", args=[harbour.slug])

    asked = text_of(sam_client.post(to, {"all": "1", "q": "acme", "new": "1"}))
    assert "Generate the links of 3 contacts?" in asked
    assert not Access.objects.exists()

    rows = file_of(sam_client.post(to, {"all": "1", "q": "acme", "new": "1", "sure": "1"}))
    assert len(rows) == 3
    assert Access.objects.count() == 3


def test_the_bulk_bar_gives_the_links_of_pending_rows_and_of_no_others(
    bea: Access, acme: Customer, harbour: Store, meadow: Store, sam: Actor, sam_client: Client
) -> None:
    here = [make.contact(acme).pk for _ in range(2)]
    generate_links(harbour, here, actor=sam)
    generate_links(meadow, [make.contact(acme).pk], actor=sam)
    before = set(OneTimeLink.objects.values_list("pk", flat=True))

    to = reverse("staff:access-links", args=[harbour.slug])
    rows = file_of(sam_client.post(to, {"all": "1", "query": "tab=pending"}))
    both = file_of(sam_client.post(reverse("staff:access-all-links"), {"all": "1", "query": "tab=pending"}))

    assert len(rows) == 2
    assert {row["Store"] for row in both} == {"Harbour", "Meadow"}
    assert set(OneTimeLink.objects.values_list("pk", flat=True)) == before
    none = sam_client.post(to, {"id": [str(bea.public_id)]}, follow=True)
    assert "None of those chosen has an open invitation." in text_of(none)


def test_links_stay_inside_the_scope(
    pending: Access, harbour: Store, meadow: Store, signed_in: SignedIn
) -> None:
    client = signed_in(make.staff("Mia", stores=(meadow,)))

    assert client.post(link_page(pending)).status_code == 404
    assert client.post(reverse("staff:links-file", args=[harbour.slug])).status_code == 404
    rows = client.post(reverse("staff:access-all-links"), {"all": "1", "query": "tab=pending"})
    assert rows.status_code == 302


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_background()
    monkeypatch.setattr(access_links, "MOST_STREAMED", 2)


@pytest.mark.usefixtures("few_at_once")
def test_links_of_very_many_are_made_by_a_job_and_kept_nowhere(
    acme: Customer, harbour: Store, sam: Actor, sam_client: Client, ada_client: Client
) -> None:
    contacts = [make.contact(acme, first_name=name) for name in ("Bo", "Cy", "Di")]
    mute = make.contact(acme, "")
    to = reverse("staff:links-file", args=[harbour.slug])
    asked = {"all": "1", "q": "acme", "new": "1"}
    assert "a job makes them and shows how far it is" in text_of(sam_client.post(to, asked))

    page = sam_client.post(to, {**asked, "sure": "1"}).headers["Location"]
    assert sam_client.post(to, {**asked, "sure": "1"}).headers["Location"] == page, "a second click"
    work = Work.objects.get()
    assert not Access.objects.exists()
    assert drive_work(work.pk).problem == ""

    assert "Links (CSV)" in text_of(sam_client.get(page))
    assert "/join/" not in str(list(WorkLine.objects.values_list("data", "reason")))
    assert not AuditRow.objects.filter(event=Event.LINK_SHOWN).exists(), "nobody has seen one yet"
    file = reverse("staff:job-links", args=[work.public_id])
    assert "Links (CSV)" not in text_of(ada_client.get(page))
    assert ada_client.post(file).status_code == 403, "owners neither"
    assert sam_client.get(file).status_code == 405

    cancel_invitation(Access.objects.get(contact=contacts[2]), actor=sam)
    rows = {row["First name"]: row for row in file_of(sam_client.post(file))}

    assert lives(rows["Bo"]["Link"], harbour)
    assert rows[mute.first_name]["Note"] == "No email in the CRM."
    assert (rows["Di"]["Link"], rows["Di"]["Note"]) == ("", "There is no link any more. Generate it again.")
    assert AuditRow.objects.filter(event=Event.LINK_SHOWN).count() == 2
    assert not MailMessage.objects.exists()


@pytest.mark.usefixtures("few_at_once")
def test_links_of_very_many_rows_are_a_job_a_store(
    acme: Customer, harbour: Store, meadow: Store, sam: Actor, sam_client: Client
) -> None:
    generate_links(harbour, [make.contact(acme).pk for _ in range(3)], actor=sam)
    generate_links(meadow, [make.contact(acme).pk], actor=sam)
    of_rows = reverse("staff:access-links", args=[harbour.slug])

    answer = sam_client.post(of_rows, {"all": "1", "query": "tab=pending"})
    everywhere = sam_client.post(reverse("staff:access-all-links"), {"all": "1", "query": "tab=pending"})

    assert everywhere.headers["Location"] == reverse("staff:jobs")
    totals = dict(Work.objects.values_list("store_id", "total"))
    assert totals == {harbour.pk: 3, meadow.pk: 1}, "that of the first click goes on"
    first = Work.objects.get(store_id=harbour.pk)
    assert answer.headers["Location"] == reverse("staff:job", args=[first.public_id])
    drive_work(first.pk)
    rows = file_of(sam_client.post(reverse("staff:job-links", args=[first.public_id])))
    assert len([row for row in rows if lives(row["Link"], harbour)]) == 3


@pytest.mark.parametrize("way", ["picker", "contact", "list"])
def test_a_message_of_ones_own_goes_into_the_mail_from_every_form(
    way: str, bea_contact: Contact, harbour: Store, sam_client: Client
) -> None:
    one = str(bea_contact.public_id)
    ways: dict[str, tuple[str, dict[str, Any]]] = {
        "picker": (reverse("staff:invite-send", args=[harbour.slug]), {"id": [one]}),
        "contact": (reverse("staff:invite-contact", args=[one]), {"store": harbour.slug}),
        "list": (reverse("staff:invite-contacts"), {"id": [one], "store": harbour.slug}),
    }
    to, data = ways[way]

    refused = sam_client.post(to, {**data, "message": "x" * 1001})
    assert refused.status_code == 422
    assert "at most 1000 characters" in text_of(refused)
    assert "x" * 1001 in text_of(refused), "what was typed is kept"
    assert not Access.objects.exists()

    assert sam_client.post(to, {**data, "message": "See <you> soon"}).status_code == 302
    mail = render(MailMessage.objects.get())
    assert mail
    assert "See <you> soon" in mail.text
    assert "See &lt;you&gt; soon" in mail.html


def test_a_message_to_all_that_match_goes_along_to_the_job(
    acme: Customer, harbour: Store, sam_client: Client
) -> None:
    for _ in range(51):
        make.contact(acme)
    to = reverse("staff:invite-send", args=[harbour.slug])

    asked = text_of(sam_client.post(to, {"all": "1", "message": "Hello all"}))
    assert 'value="Hello all"' in asked
    sam_client.post(to, {"all": "1", "sure": "1", "message": "Hello all"})

    assert Work.objects.get().args["message"] == "Hello all"


def test_the_preview_shows_the_mail_with_the_message_as_html_and_as_text(
    harbour: Store, sam_client: Client
) -> None:
    page = reverse("staff:invitation-preview", args=[harbour.slug])
    mail = reverse("staff:invitation-mail", args=[harbour.slug])

    html = text_of(sam_client.post(page, {"message": "See <you> soon"}, follow=True))
    assert "See &lt;you&gt; soon" in html
    assert f"{mail}?own=1" in html
    assert "See &lt;you&gt; soon" in text_of(sam_client.get(f"{mail}?own=1"))

    plain = text_of(sam_client.get(page))
    assert "See &lt;you&gt; soon" not in plain
    assert "Join Now" in plain
    assert not MailMessage.objects.exists()


def test_the_reminder_is_a_setting_of_the_store(harbour: Store, ada_client: Client) -> None:
    page = reverse("staff:store-invitations", args=[harbour.slug])
    assert "Remind once" in text_of(ada_client.get(page))

    ada_client.post(page, {"version": harbour.version, "invitation_days": "7"})

    harbour.refresh_from_db()
    assert harbour.invitation_reminder is False


def test_a_pending_row_without_any_link_needs_one(acme: Customer, harbour: Store, sam_client: Client) -> None:
    make.access(make.contact(acme), harbour, state=State.PENDING)

    html = text_of(sam_client.get(reverse("staff:dashboard", args=[harbour.slug]) + "?tab=pending"))

    assert "New link needed" in html


def test_the_picker_says_that_a_pending_one_keeps_its_link(
    pending: Access, harbour: Store, sam_client: Client
) -> None:
    html = text_of(sam_client.get(reverse("staff:links", args=[harbour.slug]), {"q": ""}))

    assert "Already pending: keeps its link" in html
    assert "sends a new link" not in html
