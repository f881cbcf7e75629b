"""Captured mail: listed for all staff, read whole only by those who may see living links."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests import make
from tests.staff.conftest import SignedIn
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.accounts.actions.staff import send_staff_link
from tradedoor.accounts.models import Login
from tradedoor.accounts.roles import Role
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.mail.models import MailMessage
from tradedoor.mail.sending import Sender
from tradedoor.stores.models import Store


@pytest.fixture
def invitation(sam: Actor, harbour: Store, bea_contact: Contact) -> MailMessage:
    invite_contacts(harbour, [bea_contact.pk], actor=sam)
    Sender().send_some()
    return MailMessage.objects.get()


def test_the_list_says_to_whom_what_and_what_became_of_it(
    vic_client: Client, invitation: MailMessage
) -> None:
    page = vic_client.get("/mail/").content.decode()

    assert "Harbour invites you" in page
    assert "bea@<wbr>acme.example" in page
    assert "Captured" in page
    assert "Nothing leaves this machine" in page
    assert f"/mail/{invitation.public_id}/" not in page  # a viewer reads none


def test_it_is_searched_by_name_address_and_subject(sam_client: Client, invitation: MailMessage) -> None:
    for text in ("bea@acme", "Bea", "invites you"):
        assert "1–1 of 1" in sam_client.get("/mail/", {"q": text}).content.decode()
    assert "Nothing matches" in sam_client.get("/mail/", {"q": "zebra"}).content.decode()
    assert "Nothing matches" in sam_client.get("/mail/", {"state": "failed"}).content.decode()


def test_it_is_paged_with_a_fixed_number_of_queries(
    sam_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    MailMessage.objects.bulk_create(
        MailMessage(
            template="x", to_email=f"p{n}@acme.example", subject=f"Letter {n}", state="sent", run_at=now,
            created_at=now, sent_at=now, message_id=f"<{n}@x.example>",
        )
        for n in range(60)
    )  # fmt: skip
    with django_assert_max_num_queries(12):
        page = sam_client.get("/mail/").content.decode()

    assert "1–25 of 60" in page
    following = re.search(r'href="(\?[^"]*after=[^"]*)"', page)
    assert following is not None
    assert "26–50 of 60" in sam_client.get("/mail/" + following[1].replace("&amp;", "&")).content.decode()


def test_the_reader_shows_html_text_and_headers_and_the_link(
    sam_client: Client, invitation: MailMessage
) -> None:
    address = f"/mail/{invitation.public_id}/"
    html = sam_client.get(address)
    text = sam_client.get(address, {"view": "text"}).content.decode()
    headers = sam_client.get(address, {"view": "headers"}).content.decode()

    assert f'src="{address}preview/"' in html.content.decode()
    assert "Open the invitation link" in html.content.decode()
    assert "frame-src 'self'" in html["Content-Security-Policy"]
    link = re.search(r'href="([^"]*/s/harbour/join/[^"]+)" target="_blank"', text)
    assert link is not None
    assert "Auto-Submitted" in headers


def test_the_preview_is_a_world_of_its_own(sam_client: Client, invitation: MailMessage) -> None:
    answer = sam_client.get(f"/mail/{invitation.public_id}/preview/")

    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == "'unsafe-inline'"
    assert policy["script-src"] == "'none'"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    page = answer.content.decode()
    assert '<head><base target="_blank">' in page
    assert "Join Now" in page


def test_who_may_not_see_living_links_reads_no_mail(
    vic_client: Client, carl_client: Client, invitation: MailMessage
) -> None:
    for browser in (vic_client, carl_client):
        for view in ("", "preview/"):
            answer = browser.get(f"/mail/{invitation.public_id}/{view}")
            assert answer.status_code == 403
            assert b"/join/" not in answer.content


def test_only_an_owner_reads_a_mail_that_signs_staff_in(
    ada: Actor, ada_client: Client, sam_client: Client, vic_login: Login
) -> None:
    send_staff_link(vic_login.pk, actor=ada)
    Sender().send_some()
    mail = MailMessage.objects.get()

    assert sam_client.get(f"/mail/{mail.public_id}/").status_code == 403
    page = ada_client.get(f"/mail/{mail.public_id}/").content.decode()
    assert "Open the link" in page


def test_mail_of_a_store_outside_the_reach_is_missing(
    signed_in: SignedIn, invitation: MailMessage, meadow: Store
) -> None:
    elsewhere = signed_in(make.staff("Max Meadow", role=Role.ACCESS_MANAGER, stores=(meadow,)))

    assert elsewhere.get(f"/mail/{invitation.public_id}/").status_code == 404
    assert "No mail yet" in elsewhere.get("/mail/").content.decode()


def test_a_sent_mail_is_shown_without_what_was_in_it(
    sam_client: Client, harbour: Store, settings: Any
) -> None:
    settings.TRADEDOOR_MAIL_CAPTURED = False
    now = timezone.now()
    mail = MailMessage.objects.create(
        template="x", to_email="bea@acme.example", subject="Hello", state="failed", store_id=harbour.pk,
        error_code="refused", error_reply="550 no such user", run_at=now, created_at=now,
    )  # fmt: skip

    assert "550 no such user" in sam_client.get("/mail/").content.decode()
    page = sam_client.get(f"/mail/{mail.public_id}/").content.decode()
    assert "What was in it is not kept" in page
    assert "<iframe" not in page


def test_names_and_subjects_are_shown_as_text(sam_client: Client, harbour: Store) -> None:
    now = timezone.now()
    MailMessage.objects.create(
        template="x", to_email="a@b.example", to_name="<script>alert(1)</script>", subject="<b>bold</b>",
        state="sent", store_id=harbour.pk, run_at=now, created_at=now,
    )  # fmt: skip

    page = sam_client.get("/mail/").content.decode()

    assert "<script>alert" not in page
    assert "&lt;b&gt;bold" in page
