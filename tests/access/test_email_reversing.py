"""Reversing a reported email change of somebody who was merged, moved or archived since."""

import pytest

from tests import make
from tests.access.test_email_change import NEW_EMAIL, NOBODY, OLD_EMAIL, edit
from tests.access.test_email_reports import changed, report
from tests.access.test_races import at_once
from tradedoor.access.actions.crm import archive_contacts, restore_contacts
from tradedoor.access.actions.email_reports import reverse_report
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.actions.merging import merge_contacts
from tradedoor.access.email_change_emails import NEW, OLD
from tradedoor.access.email_change_queries import email_change_for
from tradedoor.access.errors import NoSuchEmailChange, NotPossible
from tradedoor.access.models import Access, AccessError, EmailChange, State
from tradedoor.access.queries import counts_match
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store

__all__ = ["changed"]  # a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def reported(changed: EmailChange, harbour: Store) -> EmailChange:
    """Bea's login signs in by a new email, and whoever had the old one says: This wasn't me."""
    report(harbour)
    changed.refresh_from_db()
    return changed


def merge(survivor: Contact, other: Contact, *, actor: Actor, chosen: str = "") -> None:
    rows = {row.pk: Contact.objects.get(pk=row.pk) for row in (survivor, other)}
    merge_contacts(
        rows[survivor.pk],
        [rows[other.pk]],
        chosen={"email": other.pk} if chosen else {},
        seen={pk: row.version for pk, row in rows.items()},
        actor=actor,
    )


def login_now(access: Access) -> tuple[str, bool]:
    login = make.login_of(access)
    return login.email, login.held_at is not None


def test_merged_since_the_survivor_gets_the_former_email_back(
    reported: EmailChange, bea: Access, acme: Customer, harbour: Store, sam: Actor, ada: Actor
) -> None:
    kept = make.contact(acme, "")
    merge(kept, bea.contact, actor=sam, chosen="email")
    assert Contact.objects.get(pk=kept.pk).email == NEW_EMAIL

    assert reverse_report(reported, actor=ada, proved=False)

    assert Contact.objects.get(pk=kept.pk).email == OLD_EMAIL
    assert login_now(bea) == (OLD_EMAIL, False)
    sign_in_to_store(harbour, OLD_EMAIL, make.PASSWORD, actor=NOBODY)
    assert not AccessError.objects.open().exists()
    assert not EmailChange.objects.open().exists()
    assert counts_match() == {}


def test_where_the_survivor_has_another_email_the_login_alone_goes_back_and_both_addresses_are_told(
    reported: EmailChange, bea: Access, acme: Customer, harbour: Store, sam: Actor, ada: Actor
) -> None:
    kept = make.contact(acme, "own@acme.example")
    merge(kept, bea.contact, actor=sam)
    MailMessage.objects.all().delete()

    assert reverse_report(reported, actor=ada, proved=False)

    assert Contact.objects.get(pk=kept.pk).email == "own@acme.example"
    assert login_now(bea) == (OLD_EMAIL, False)
    assert sorted(MailMessage.objects.values_list("template", "to_email")) == [
        (NEW, OLD_EMAIL),
        (OLD, NEW_EMAIL),
    ]
    sign_in_to_store(harbour, OLD_EMAIL, make.PASSWORD, actor=NOBODY)
    assert not AccessError.objects.open().exists()


def test_a_survivor_with_a_login_of_their_own_keeps_it(
    reported: EmailChange, bea: Access, acme: Customer, harbour: Store, sam: Actor, ada: Actor
) -> None:
    kept = make.contact(acme, "own@acme.example")
    own = make.access(kept, harbour)
    merge(kept, bea.contact, actor=sam)

    assert reverse_report(reported, actor=ada, proved=False)

    assert login_now(own) == ("own@acme.example", False)
    assert login_now(bea) == (OLD_EMAIL, False)
    bea.refresh_from_db()
    assert bea.state == State.DEACTIVATED


def test_a_former_email_that_is_taken_refuses_the_reversal_and_leaves_the_decision_open(
    reported: EmailChange, bea: Access, acme: Customer, harbour: Store, sam: Actor, ada: Actor
) -> None:
    kept = make.contact(acme, OLD_EMAIL)
    make.access(kept, harbour)
    merge(kept, bea.contact, actor=sam)

    with pytest.raises(NotPossible) as no:
        reverse_report(reported, actor=ada, proved=False)

    assert no.value.code == "reversal_taken"
    reported.refresh_from_db()
    assert reported.is_reported
    assert login_now(bea) == (NEW_EMAIL, True)


def test_whoever_sees_only_the_store_still_finds_the_change_of_a_merged_contact(
    reported: EmailChange, bea: Access, acme: Customer, harbour: Store, meadow: Store, sam: Actor
) -> None:
    merge(make.contact(acme), bea.contact, actor=sam)
    near = make.actor(make.staff("Nell Near", stores=(harbour,)))
    far = make.actor(make.staff("Fay Far", stores=(meadow,)))

    assert email_change_for(reported.public_id, actor=near) == reported
    with pytest.raises(NoSuchEmailChange):
        email_change_for(reported.public_id, actor=far)


def test_an_archived_contact_is_restored_first(
    reported: EmailChange, bea: Access, sam: Actor, ada: Actor
) -> None:
    archive_contacts([bea.contact], actor=sam)
    with pytest.raises(Conflict) as no:
        reverse_report(reported, actor=ada, proved=False)
    assert no.value.code == "archived"

    restore_contacts([Contact.objects.get(pk=bea.contact_id)], actor=sam)

    assert reverse_report(reported, actor=ada, proved=False)
    assert login_now(bea) == (OLD_EMAIL, False)


def test_a_reversal_that_replaces_a_change_of_an_import_waits_for_nobody(
    reported: EmailChange, bea: Access, ada: Actor, sam: Actor
) -> None:
    edit(bea.contact, "third@acme.example", actor=sam)
    EmailChange.objects.open().update(state="unconfirmed", reason="waits_to_be_confirmed")

    assert reverse_report(reported, actor=ada, proved=False)

    assert login_now(bea) == (OLD_EMAIL, False)


def test_dashboards_find_the_person_by_the_former_email_again(
    reported: EmailChange, bea: Access, ada: Actor
) -> None:
    bea.refresh_from_db()
    assert "beatrice" in bea.search_text

    reverse_report(reported, actor=ada, proved=False)

    bea.refresh_from_db()
    assert "beatrice" not in bea.search_text


@pytest.mark.django_db(transaction=True)
def test_deciding_while_somebody_invites_the_same_person_deadlocks_nobody(
    reported: EmailChange, bea: Access, meadow: Store, sam: Actor, ada: Actor
) -> None:
    ended = at_once(
        lambda: reverse_report(reported, actor=ada, proved=False),
        lambda: invite_contacts(meadow, [bea.contact_id], actor=sam),
        lambda: invite_contacts(meadow, [bea.contact_id], actor=ada),
    )

    assert ended == {"done": 3}
    assert login_now(bea) == (OLD_EMAIL, False)
