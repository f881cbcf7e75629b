"""Errors that mail brings: an address that takes none, and a mail that could not be made."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from tests import make
from tests.access.test_errors import R, edit, open_reasons, tab_of
from tests.mail.smtp import Server, send_all
from tradedoor.access.actions.clearing import clear_errors
from tradedoor.access.actions.error_feed import read_feed
from tradedoor.access.actions.errors import raise_errors
from tradedoor.access.actions.invitations import invite_contact, resend_invitation
from tradedoor.access.actions.switching import deactivate, reenable
from tradedoor.access.error_jobs import ACTOR
from tradedoor.access.faults import Fault, sentence_of
from tradedoor.access.models import (
    Access,
    AccessError,
    FeedPlace,
    Tab,
)
from tradedoor.access.sets import just
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.mail.models import MailMessage
from tradedoor.mail.sending import Sender
from tradedoor.stores.models import Store

pytestmark = pytest.mark.usefixtures("tabs_agree_with_rows")


class TestMailThatWasRefused:
    def test_refused_for_the_address_it_is_an_error_until_another_address_is_given(
        self, pia: Access, sam: Actor, server: Server, sender: Sender
    ) -> None:
        server.on_rcpt = lambda _address: "550 5.1.1 no such user here"
        send_all(sender)
        assert MailMessage.objects.get().state == MailMessage.State.FAILED

        read_feed(actor=ACTOR)

        assert open_reasons(pia) == [R.UNDELIVERABLE]
        assert tab_of(pia) is Tab.ERROR
        error = AccessError.objects.get()
        assert "no such user here" in sentence_of(error.reason, error.data)
        assert clear_errors(just(pia), actor=sam).fixed == ()

        edit(pia.contact, "pia.neu@acme.example", actor=sam)

        assert open_reasons(pia) == []
        assert tab_of(pia) is Tab.PENDING
        read_feed(actor=ACTOR)
        assert open_reasons(pia) == []

    def test_an_address_that_takes_a_later_mail_is_undeliverable_no_more(
        self, pia: Access, sam: Actor, server: Server, sender: Sender
    ) -> None:
        server.on_rcpt = lambda _address: "550 5.2.1 mailbox disabled"
        send_all(sender)
        read_feed(actor=ACTOR)
        server.on_rcpt = lambda _address: None
        resend_invitation(pia, actor=sam)
        assert open_reasons(pia) == [R.UNDELIVERABLE]

        send_all(sender)
        read_feed(actor=ACTOR)

        assert open_reasons(pia) == []
        read_feed(actor=ACTOR)
        assert open_reasons(pia) == []

    def test_it_belongs_to_the_address_in_every_store(
        self, pia: Access, meadow: Store, server: Server, sender: Sender
    ) -> None:
        elsewhere = make.access(pia.contact, meadow)
        server.on_rcpt = lambda _address: "550 5.1.1 no such user here"
        send_all(sender)
        read_feed(actor=ACTOR)

        assert open_reasons(pia) == open_reasons(elsewhere) == [R.UNDELIVERABLE]

    def test_a_refusal_of_the_sender_is_nobodys_error(
        self, pia: Access, server: Server, sender: Sender
    ) -> None:
        server.on_rcpt = lambda _address: "550 5.7.1 relaying denied"
        send_all(sender)

        read_feed(actor=ACTOR)

        assert open_reasons(pia) == []

    def test_deactivated_with_it_and_re_enabled_it_shows_again(self, bea: Access, sam: Actor) -> None:
        raise_errors(
            [Fault(bea.pk, R.UNDELIVERABLE, {"address": "bea@acme.example", "to": "bea@acme.example"})],
            actor=sam,
        )
        deactivate(just(bea), actor=sam)

        reenable(just(bea), actor=sam)

        assert open_reasons(bea) == [R.UNDELIVERABLE]

    @pytest.mark.usefixtures("server")
    def test_a_mail_that_cannot_be_made_for_want_of_a_setting_is_the_error_of_its_access_alone(
        self, acme: Customer, harbour: Store, sam: Actor, settings: Any, sender: Sender
    ) -> None:
        settings.TRADEDOOR_SMTPUTF8 = True
        contact = make.contact(acme, "jürgen@acme.example")
        invited = invite_contact(harbour, contact, actor=sam)
        settings.TRADEDOOR_SMTPUTF8 = False
        for _try in range(5):
            MailMessage.objects.update(run_at=timezone.now())
            send_all(sender)
        assert MailMessage.objects.get().error_code == "unbuildable"

        read_feed(actor=ACTOR)

        assert open_reasons(invited) == [R.STORE_INCOMPLETE]
        assert clear_errors(just(invited), actor=sam).fixed == ()

        settings.TRADEDOOR_SMTPUTF8 = True
        resend_invitation(invited, actor=sam)
        assert MailMessage.objects.count() == 2
        assert clear_errors(just(invited), actor=sam).fixed == (invited.pk,)
        assert MailMessage.objects.count() == 2  # clearing sends nothing

    @pytest.mark.usefixtures("pia")
    def test_the_place_in_the_history_moves_on_once_rows_are_old_enough(self) -> None:
        """A row whose writing began earlier may be seen later, so the last minute is read again."""
        newest = AuditRow.objects.order_by("-pk").values_list("pk", flat=True)
        read_feed(actor=ACTOR)
        assert FeedPlace.objects.get().row_id < newest[0]

        with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
            read_feed(actor=ACTOR)

        assert FeedPlace.objects.get().row_id == newest[0]
