"""Links for those who send them by their own means, and what staff add to a mail in their own words."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests import make
from tradedoor.access.actions import sharing
from tradedoor.access.actions.bulk import Selection, invite_in_background
from tradedoor.access.actions.invitations import invite_contact, invite_contacts
from tradedoor.access.actions.joining import look_at_invitation
from tradedoor.access.actions.previews import preview_invitation
from tradedoor.access.actions.sharing import SharedLink, generate_links, links_table
from tradedoor.access.events import Event
from tradedoor.access.listing import MailSeen, mail_of, with_mail
from tradedoor.access.models import Access, Role, State
from tradedoor.access.queries import dashboard
from tradedoor.accounts.actions.links import revoke_links
from tradedoor.accounts.models import OneTimeLink, RevokedWhy
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid, NotAllowed
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import render
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db

NOBODY = Actor.nobody(ip="198.51.100.12")


def lives(shared: SharedLink, store: Store) -> bool:
    token = shared.url.rstrip("/").rpartition("/")[2]
    return look_at_invitation(token, store=store, actor=NOBODY).is_live


def seen_of(store: Store, actor: Actor) -> MailSeen | None:
    return mail_of(dashboard(store, tab=None, actor=actor).get(), now=timezone.now())


def test_who_was_not_invited_becomes_pending_without_mail_and_each_link_lives(
    acme: Customer, harbour: Store, sam: Actor
) -> None:
    contacts = [make.contact(acme) for _ in range(3)]

    made = generate_links(harbour, [contact.pk for contact in contacts], actor=sam)

    assert [lives(shared, harbour) for shared in made] == [True] * 3
    assert not MailMessage.objects.exists()
    assert set(Access.objects.values_list("state", flat=True)) == {State.PENDING}
    assert AuditRow.objects.filter(event=Event.LINK_SHOWN).count() == 3
    assert {row.data["mailed"] for row in AuditRow.objects.filter(event=Event.INVITATION_SENT)} == {False}


def test_a_living_link_is_shown_again_and_a_dead_one_is_made_anew(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    invite_contact(harbour, bea_contact, actor=sam)
    [first] = generate_links(harbour, [bea_contact.pk], actor=sam)
    [second] = generate_links(harbour, [bea_contact.pk], actor=sam)
    assert first.url == second.url
    assert OneTimeLink.objects.count() == 1

    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        [third] = generate_links(harbour, [bea_contact.pk], actor=sam)
        assert third.url != first.url
        assert lives(third, harbour)
    assert MailMessage.objects.count() == 1, "only that of the invitation"


def test_a_new_link_for_a_pending_one_leaves_them_the_role_they_were_invited_with(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    invite_contact(harbour, bea_contact, actor=sam, role=Role.COMPANY_ADMIN)
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        generate_links(harbour, [bea_contact.pk], actor=sam)
    assert Access.objects.get().role == Role.COMPANY_ADMIN


def test_who_cannot_be_invited_is_named_with_the_reason_and_who_asked_is_left_to_be_answered(
    bea: Access, acme: Customer, harbour: Store, sam: Actor
) -> None:
    mute = make.contact(acme, "")
    asked = make.access(make.contact(acme), harbour, state=State.REQUESTED)

    ids = [bea.contact_id, mute.pk, asked.contact_id]
    made = {row.contact.pk: row for row in generate_links(harbour, ids, actor=sam)}

    assert {row.url for row in made.values()} == {""}
    assert made[bea.contact_id].sentence == "Can sign in already."
    assert made[mute.pk].sentence == "No email in the CRM."
    assert "waits for an answer" in made[asked.contact_id].sentence
    asked.refresh_from_db()
    assert asked.state == State.REQUESTED


def test_a_table_of_many_is_made_batch_by_batch(
    acme: Customer, harbour: Store, sam: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "AT_ONCE", 2)
    ids = [make.contact(acme).pk for _ in range(5)]

    rows = links_table(harbour, ids, actor=sam)

    assert not Access.objects.exists()
    next(rows)
    assert Access.objects.count() == 2
    assert len(list(rows)) == 4
    assert Access.objects.count() == 5


def test_both_rights_are_needed(bea_contact: Contact, harbour: Store, vic: Actor) -> None:
    with pytest.raises(NotAllowed):
        generate_links(harbour, [bea_contact.pk], actor=vic)
    with pytest.raises(NotAllowed):
        links_table(harbour, [bea_contact.pk], actor=vic)


def test_a_row_says_what_became_of_its_link(bea_contact: Contact, harbour: Store, sam: Actor) -> None:
    """Each pending row is exactly one of all that can be known."""
    generate_links(harbour, [bea_contact.pk], actor=sam)
    steps: list[MailSeen | None] = [seen_of(harbour, sam)]
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        invite_contacts(harbour, [bea_contact.pk], actor=sam)
        steps.append(seen_of(harbour, sam))
        for state in ("sending", "sent", "captured", "failed", "cancelled"):
            MailMessage.objects.update(state=state)
            steps.append(seen_of(harbour, sam))
            rows = dashboard(harbour, tab=None, actor=sam)
            found = [mail for mail in MailSeen if rows.filter(with_mail(mail, now=timezone.now())).exists()]
            assert found == [steps[-1]]
        OneTimeLink.objects.update(opened_at=timezone.now())
        steps.append(seen_of(harbour, sam))
        revoke_links(access_ids=[Access.objects.get().pk], why=RevokedWhy.EMAIL_CHANGED)
        steps.append(seen_of(harbour, sam))
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        steps.append(seen_of(harbour, sam))

    assert steps == [
        MailSeen.NOT_MAILED, MailSeen.QUEUED, MailSeen.QUEUED, MailSeen.SENT, MailSeen.CAPTURED, MailSeen.REFUSED,
        MailSeen.UNSENT, MailSeen.OPENED, MailSeen.LINK_NEEDED, MailSeen.EXPIRED,
    ]  # fmt: skip


def test_a_personal_message_stands_in_the_mail_as_text_whatever_it_looks_like(
    bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    message = "Hi <b>Bea</b>,\r\nsee {{ link }} & http://x.example\u202e\x07\n\n\n\nSam"

    invite_contacts(harbour, [bea_contact.pk], actor=sam, message=message)

    mail = render(MailMessage.objects.get())
    assert mail
    assert "Hi <b>Bea</b>,\nsee {{ link }} & http://x.example\n\nSam" in mail.text
    assert "Hi &lt;b&gt;Bea&lt;/b&gt;,<br>see {{ link }} &amp; http://x.example<br><br>Sam" in mail.html
    assert 'href="http://x.example' not in mail.html
    assert preview_invitation(harbour, actor=sam, message=message).text.count("Hi <b>Bea</b>") == 1


def test_a_personal_message_has_an_end(bea_contact: Contact, harbour: Store, sam: Actor) -> None:
    long = "x" * 1001
    for act in (
        lambda: invite_contacts(harbour, [bea_contact.pk], actor=sam, message=long),
        lambda: invite_in_background(harbour, Selection(), actor=sam, message=long),
        lambda: preview_invitation(harbour, actor=sam, message=long),
    ):
        with pytest.raises(Invalid) as refusal:
            act()
        assert (refusal.value.code, refusal.value.field) == ("too_long", "message")
    assert not Access.objects.exists()
    invite_contacts(harbour, [bea_contact.pk], actor=sam, message="x" * 1000)
