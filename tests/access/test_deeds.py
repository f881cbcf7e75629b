"""What would become of many accesses, said before it is done; lists, facts and exports."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests import make
from tradedoor.access.actions.bulk import Deed
from tradedoor.access.actions.deeds import perform, preview
from tradedoor.access.actions.exports import export_accesses
from tradedoor.access.actions.invitations import invite_contacts
from tradedoor.access.actions.previews import preview_invitation
from tradedoor.access.listing import Listing, MailSeen, mail_of
from tradedoor.access.models import Access, State, Tab
from tradedoor.access.queries import facts_of, listed, tab_counts_by_store
from tradedoor.access.reasons import Reason
from tradedoor.accounts.actions.links import revoke_links
from tradedoor.accounts.models import Login, OneTimeLink, RevokedWhy
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store


def everybody(store: Store, acme: Customer) -> dict[str, Access]:
    """An access for each thing that can stand against a deed."""
    people = {state.value: make.access(make.contact(acme), store, state=state) for state in State}
    gone = make.access(make.contact(acme), store, state=State.DEACTIVATED)
    Contact.objects.filter(pk=gone.contact_id).update(archived_at=timezone.now())
    idle = make.customer("Idle")
    inactive = make.access(make.contact(idle), store, state=State.DEACTIVATED)
    Customer.objects.filter(pk=idle.pk).update(status=Customer.Status.INACTIVE)
    off = make.access(make.contact(acme), store, state=State.DEACTIVATED)
    Login.objects.filter(accesses=off).update(is_active=False)
    silent = make.access(make.contact(acme, ""), store, state=State.DEACTIVATED)
    nameless = make.access(make.contact(acme, ""), store, state=State.PENDING)
    twin = make.access(make.contact(acme, "two@acme.example"), store, state=State.PENDING)
    make.contact(acme, "two@acme.example")
    return people | {
        "gone": gone, "inactive": inactive, "off": off, "silent": silent, "nameless": nameless, "twin": twin,
    }  # fmt: skip


@pytest.mark.parametrize("deed", Deed)
def test_the_preview_says_beforehand_what_the_deed_then_does(
    deed: Deed, harbour: Store, acme: Customer, ada: Actor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    everybody(harbour, acme)
    rows = listed(Listing(store_id=harbour.pk), actor=ada)

    with django_assert_num_queries(1):
        before = preview(rows, deed, actor=ada)
    done = perform(deed, list(rows.values_list("pk", flat=True)), actor=ada)

    refused: dict[Reason, int] = {}
    for one in done.refused:
        refused[one.reason] = refused.get(one.reason, 0) + 1
    assert (before.total, before.able) == (12, len(done.done))
    assert {reason: number for reason, _sentence, number in before.refused} == refused


def test_who_may_not_do_it_sees_no_preview(harbour: Store, vic: Actor) -> None:
    with pytest.raises(NotAllowed):
        preview(listed(Listing(store_id=harbour.pk), actor=vic), Deed.CANCEL, actor=vic)


def test_a_list_is_narrowed_by_what_its_address_says(
    bea: Access, nils: Access, harbour: Store, meadow: Store, bea_contact: Contact, sam: Actor
) -> None:
    elsewhere = make.access(bea_contact, meadow, state=State.PENDING)

    def found(**asked: object) -> set[int]:
        listing = Listing(**asked)  # type: ignore[arg-type]  # what a page was asked for
        assert Listing.read(listing.kept()) == listing
        return set(listed(listing, actor=sam).values_list("pk", flat=True))

    assert found() == {bea.pk, nils.pk, elsewhere.pk}
    assert found(store_id=harbour.pk, search="acme") == {bea.pk}
    assert found(tab=Tab.PENDING) == {elsewhere.pk}
    assert found(customer="BOREA") == {nils.pk}
    assert found(role="approver") == set()
    assert found(mail=MailSeen.SENT) == set()


def test_each_pending_row_stands_under_one_mail_state_and_is_found_by_it(
    acme: Customer, harbour: Store, sam: Actor
) -> None:
    contacts = [make.contact(acme) for _ in MailSeen]
    invite_contacts(harbour, [contact.pk for contact in contacts], actor=sam)
    rows = dict(zip(MailSeen, Access.objects.order_by("pk"), strict=True))
    for mail, state in (
        (MailSeen.REFUSED, "failed"),
        (MailSeen.SENT, "sent"),
        (MailSeen.CAPTURED, "captured"),
        (MailSeen.UNSENT, "cancelled"),
    ):
        MailMessage.objects.filter(access_id=rows[mail].pk).update(state=state)
    MailMessage.objects.filter(access_id=rows[MailSeen.NOT_MAILED].pk).delete()
    OneTimeLink.objects.filter(access_id=rows[MailSeen.OPENED].pk).update(opened_at=timezone.now())
    revoke_links(access_ids=[rows[MailSeen.LINK_NEEDED].pk], why=RevokedWhy.EMAIL_CHANGED)
    past = timezone.now() - timedelta(days=1)
    Access.objects.filter(pk=rows[MailSeen.EXPIRED].pk).update(invitation_expires_at=past)

    for mail, row in rows.items():
        [found] = listed(Listing(store_id=harbour.pk, mail=mail), actor=sam)
        assert found.pk == row.pk
        assert mail_of(found, now=timezone.now()) is mail


def test_facts_count_what_is_there(
    bea: Access, nils: Access, acme: Customer, harbour: Store, sam: Actor,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    Access.objects.filter(pk=bea.pk).update(
        last_sign_in_at=timezone.now(), accepted_at=timezone.now(), invited_at=timezone.now()
    )
    invite_contacts(harbour, [make.contact(acme).pk, make.contact(acme).pk], actor=sam)
    past = Access.objects.filter(state=State.PENDING).earliest("pk")
    Access.objects.filter(pk=past.pk).update(invitation_expires_at=timezone.now() - timedelta(hours=1))

    with django_assert_num_queries(1):
        facts = facts_of(harbour, actor=sam)

    assert (facts.active, facts.new, facts.signed_in) == (2, 2, 1)
    assert (facts.invited, facts.accepted, facts.expired, facts.expiring) == (3, 1, 1, 0)
    assert tab_counts_by_store(actor=sam)[harbour.pk] == {Tab.CURRENT: 2, Tab.PENDING: 2}


def test_an_export_holds_the_rows_of_the_scope_and_is_written_down(
    bea: Access, nils: Access, harbour: Store, sam: Actor, vic: Actor
) -> None:
    rows = listed(Listing(store_id=harbour.pk), actor=sam)
    with pytest.raises(NotAllowed):
        export_accesses(rows, store=harbour, actor=vic)

    export = export_accesses(rows, store=harbour, actor=sam)

    assert [line[6] for line in export.rows] == ["bea@acme.example", "nils@borealis.example"]
    row = AuditRow.objects.get(event="access.exported")
    assert (row.store_id, row.data["rows"]) == (harbour.pk, 2)


def test_a_preview_of_the_invitation_holds_no_link_that_lets_anybody_in(harbour: Store, vic: Actor) -> None:
    mail = preview_invitation(harbour, actor=vic)

    assert "Harbour" in mail.subject
    assert "/s/harbour/login/" in mail.html
    assert "/join/" not in mail.html
    assert not MailMessage.objects.exists()
