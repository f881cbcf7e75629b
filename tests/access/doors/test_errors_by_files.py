"""The errors that an imported file brings, as people meet them (product.md section 10)."""

from typing import Any

import pytest

from tests import make
from tests.access.doors.browsing import Browser
from tests.access.doors.conftest import Clock
from tests.access.doors.test_errors_by_their_doors import (
    HOUR,
    NEW,
    assert_gone,
    assert_on_error,
    can_sign_in,
    import_contacts,
    row_of,
)
from tests.mail.smtp import Server
from tradedoor.crm.models import Contact, Customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bea", "nils")]


class TestAnImportedFile:
    def test_bad_email_when_a_file_gives_a_malformed_one(
        self, bea_contact: Contact, nils_contact: Contact, sam_desk: Browser,
        clock: Clock,
    ) -> None:  # fmt: skip
        header, row = row_of(bea_contact, Email="bea(at)acme.example")
        good = f"{nils_contact.public_id},nils@borealis.example"
        report = import_contacts(sam_desk, clock, header, row, good)
        assert "is kept as it is and cannot be invited" in report.text
        sentence = "“bea(at)acme.example” in the CRM is not a right address."
        assert_on_error(sam_desk, "Bea Buyer", sentence, "Correct email", "Undo the CRM edit")

        page = sam_desk.press("Undo the CRM edit")

        assert "The CRM has the sign-in email of Bea Buyer again." in page.text
        assert_gone(sam_desk, "Bea Buyer", tab="current")

    def test_contact_gone_when_a_file_moves_it_and_the_access_can_follow(
        self, bea_contact: Contact, sam_desk: Browser, clock: Clock
    ) -> None:
        report = import_contacts(sam_desk, clock, *row_of(bea_contact, **{"Customer code": "BORE"}))
        assert "The contact moves here from Acme." in report.text
        assert_on_error(sam_desk, "Bea Buyer", "The contact moved to Borealis.", "Deactivate customer")
        assert can_sign_in("bea@acme.example")

        page = sam_desk.press("Link to Borealis")

        assert "follows the contact to where it is now" in page.text
        assert_gone(sam_desk, "Bea Buyer", tab="current")
        assert "Borealis" in sam_desk.page.text
        assert can_sign_in("bea@acme.example")

    def test_contact_gone_when_a_file_archives_it_and_deactivating_ends_it(
        self, bea_contact: Contact, sam_desk: Browser, clock: Clock
    ) -> None:
        report = import_contacts(sam_desk, clock, *row_of(bea_contact, Archived="yes"))
        assert "The contact is archived." in report.text
        assert_on_error(sam_desk, "Bea Buyer", "archived outside of Tradedoor", "Deactivate customer")
        assert not sam_desk.page.offers("Link to")

        sam_desk.press("Deactivate customer")

        assert_gone(sam_desk, "Bea Buyer", tab="deactivated")
        assert not can_sign_in("bea@acme.example")

    def test_contact_gone_when_a_file_merges_it_away_and_the_access_can_follow(
        self, acme: Customer, bea_contact: Contact, sam_desk: Browser, clock: Clock
    ) -> None:
        other = make.contact(acme, "beatrix@acme.example", first_name="Beatrix", last_name="Buyer")
        report = import_contacts(
            sam_desk, clock, *row_of(bea_contact, **{"Merged into": str(other.public_id)})
        )
        assert "The contact is merged into Beatrix Buyer." in report.text
        assert_on_error(sam_desk, "Bea Buyer", "was merged into Beatrix Buyer.", "Deactivate customer")

        sam_desk.press("Link to Beatrix Buyer")

        assert_gone(sam_desk, "Beatrix Buyer", tab="current")
        assert "Bea Buyer" not in sam_desk.page.text

    def test_duplicate_contact_when_a_file_brings_a_second_and_merging_on_screen_mends_it(
        self, sam_desk: Browser, clock: Clock
    ) -> None:
        import_contacts(
            sam_desk,
            clock,
            "Customer code,First name,Last name,Email",
            "ACME,Bea,Buyer,bea@acme.example",
            "ACME,Bob,Buyer,bea@acme.example",
        )
        assert_on_error(
            sam_desk,
            "Bea Buyer",
            "Same email as Bob Buyer in this customer.",
            "Merge contacts",
            "Open Bob Buyer",
        )

        sam_desk.press("Merge contacts")
        assert "Merge into Bea Buyer" in sam_desk.page.text
        sam_desk.press("Merge into Bea Buyer")

        assert_gone(sam_desk, "Bea Buyer", tab="current")

    def test_a_file_changes_an_email_like_a_form_an_hour_later(
        self, bea_contact: Contact, sam_desk: Browser, clock: Clock, server: Server
    ) -> None:
        report = import_contacts(sam_desk, clock, *row_of(bea_contact, Email=NEW))
        assert "The email changes from bea@acme.example." in report.text
        assert NEW in sam_desk.open("/access/email-changes/").text
        assert can_sign_in("bea@acme.example")

        clock.work(**HOUR)

        assert can_sign_in(NEW)
        assert not can_sign_in("bea@acme.example")
        assert sorted(server.recipients) == ["bea@acme.example", NEW]
        assert_gone(sam_desk, "Bea Buyer", tab="current")

    def test_more_emails_changed_by_a_file_than_the_setting_wait_until_they_are_confirmed(
        self,
        bea_contact: Contact,
        nils_contact: Contact,
        sam_desk: Browser,
        clock: Clock,
        server: Server,
        settings: Any,
    ) -> None:
        settings.TRADEDOOR_EMAIL_CHANGES_UNCONFIRMED = 1
        rows = [f"{bea_contact.public_id},{NEW}", f"{nils_contact.public_id},nord@borealis.example"]
        import_contacts(sam_desk, clock, "Contact ID,Email", *rows)

        clock.work(**HOUR)
        assert not server.recipients
        assert can_sign_in("bea@acme.example")

        sam_desk.open("/access/email-changes/")
        sam_desk.press("Confirm 2 email changes")
        clock.work(minutes=1)

        assert can_sign_in(NEW)
        assert can_sign_in("nord@borealis.example")

    def test_a_file_that_gives_an_email_another_login_has_raises_email_in_use(
        self, bea_contact: Contact, sam_desk: Browser, clock: Clock
    ) -> None:
        make.buyer_login(NEW)
        import_contacts(sam_desk, clock, *row_of(bea_contact, Email=NEW))

        clock.work(**HOUR)

        assert_on_error(sam_desk, "Bea Buyer", f"{NEW} belongs to another login", "Undo the CRM edit")
