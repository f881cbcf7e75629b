import re
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from tests.accounts.people import MACHINE, a_buyer, a_reset, an_invitation, at_once
from tradedoor.accounts.actions.links import (
    find_link,
    issue_links,
    link_by_id,
    note_opened,
    revoke_links,
    spend_link,
    tokens_of,
)
from tradedoor.accounts.errors import LinkUnknown, LinkUsed
from tradedoor.accounts.models import LinkStatus, OneTimeLink, Purpose, RevokedWhy
from tradedoor.accounts.tokens import token_of
from tradedoor.mail.models import MailMessage
from tradedoor.mail.outbox import post

pytestmark = pytest.mark.django_db


def issued(access_id: int = 1) -> OneTimeLink:
    [link] = issue_links([an_invitation(access_id)], actor=MACHINE)
    return link


def status_of(link: OneTimeLink) -> LinkStatus:
    return find_link(token_of(link), purpose=Purpose(link.purpose), store_id=link.store_id).status


def test_a_token_is_256_bits_and_leads_back_to_its_link() -> None:
    link = issued()

    token = token_of(link)

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    view = find_link(token, purpose=Purpose.INVITATION, store_id=1)
    assert view.link == link
    assert view.is_live


def test_the_row_alone_gives_no_token(settings: Settings) -> None:
    link = OneTimeLink.objects.get(pk=issued().pk)
    token = token_of(link)
    settings.TRADEDOOR_LINK_KEY = "another key " * 5

    assert token_of(link) != token
    stored = [str(value) for value in OneTimeLink.objects.values_list().get()]
    assert not any(token in value for value in stored)


def test_a_mail_sent_twice_carries_the_same_token() -> None:
    link = issued()

    assert tokens_of([link.pk]) == tokens_of([link.pk]) == {link.pk: token_of(link)}


@pytest.mark.parametrize("change", ["made-up", "", "x" * 10_000, "\ud800", "\x00", "TOKEN", "TOKEN="])
def test_made_up_and_altered_tokens_are_unknown(change: str) -> None:
    token = token_of(issued())

    with pytest.raises(LinkUnknown) as refusal:
        find_link(change.replace("TOKEN", token[:-1]), purpose=Purpose.INVITATION, store_id=1)

    assert refusal.value.code == "link_unknown"


def test_a_token_of_another_store_or_purpose_is_as_unknown_as_a_made_up_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    token = token_of(issued())

    sentences = set()
    for tried, purpose, store_id in [
        (token, Purpose.INVITATION, 2),
        (token, Purpose.INVITATION, None),
        (token, Purpose.RESET, 1),
        ("made-up", Purpose.INVITATION, 1),
    ]:
        with django_assert_num_queries(1), pytest.raises(LinkUnknown) as refusal:
            find_link(tried, purpose=purpose, store_id=store_id)
        sentences.add(str(refusal.value))
    assert len(sentences) == 1


def test_opening_a_link_a_hundred_times_spends_nothing() -> None:
    link = issued()

    for _scanner in range(100):
        note_opened(link.pk)

    assert status_of(link) is LinkStatus.LIVE
    link.refresh_from_db()
    assert link.opened_at is not None


def test_a_link_is_spent_once() -> None:
    link = issued()
    spend_link(link.pk)

    with pytest.raises(LinkUsed) as refusal:
        spend_link(link.pk)

    assert refusal.value.data["status"] == LinkStatus.USED
    assert status_of(link) is LinkStatus.USED


@pytest.mark.django_db(transaction=True)
def test_of_twelve_that_spend_it_at_once_one_wins() -> None:
    link = issued()

    def spend() -> str:
        try:
            with transaction.atomic():
                spend_link(link.pk)
        except LinkUsed:
            return "used"
        return "won"

    said = at_once(12, spend)

    assert sorted(said) == ["used"] * 11 + ["won"]


def test_what_fails_after_the_spending_gives_the_link_back() -> None:
    link = issued()

    def spend_and_fail() -> None:
        with transaction.atomic():
            spend_link(link.pk)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        spend_and_fail()

    assert status_of(link) is LinkStatus.LIVE


def test_expiry_is_judged_again_when_the_link_is_spent() -> None:
    link = issued()
    with time_machine.travel(link.expires_at - timedelta(seconds=1), tick=False):
        assert status_of(link) is LinkStatus.LIVE
    with time_machine.travel(link.expires_at, tick=False):
        assert status_of(link) is LinkStatus.EXPIRED
        assert tokens_of([link.pk]) == {}

        with pytest.raises(LinkUsed) as refusal:
            spend_link(link.pk)

    assert refusal.value.data["status"] == LinkStatus.EXPIRED


def test_a_newer_link_of_the_same_access_supersedes_the_older() -> None:
    old, other = issued(1), issued(2)

    new = issued(1)

    assert status_of(old) is LinkStatus.SUPERSEDED
    assert status_of(new) is LinkStatus.LIVE
    assert status_of(other) is LinkStatus.LIVE
    assert token_of(old) != token_of(new)


def test_a_newer_reset_link_supersedes_the_older_of_that_login() -> None:
    bea, nils = a_buyer(), a_buyer("nils@borealis.example")
    old, other = issue_links([a_reset(bea), a_reset(nils)], actor=MACHINE)

    issue_links([a_reset(bea)], actor=MACHINE)

    assert status_of(old) is LinkStatus.SUPERSEDED
    assert status_of(other) is LinkStatus.LIVE


def test_a_link_that_had_run_out_before_it_was_replaced_says_so() -> None:
    old = issued()
    with time_machine.travel(old.expires_at + timedelta(days=1), tick=False):
        issued()

        assert status_of(old) is LinkStatus.EXPIRED


def test_the_database_itself_holds_one_live_link_per_access() -> None:
    link = issued()

    with pytest.raises(IntegrityError), transaction.atomic():
        OneTimeLink.objects.create(
            purpose=Purpose.INVITATION,
            nonce=b"x" * 32,
            token_hash="0" * 64,
            access_id=link.access_id,
            address=link.address,
            expires_at=timezone.now(),
        )


@pytest.mark.parametrize("many", [1, 300])
def test_making_links_takes_the_same_number_of_queries_however_many(
    many: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    requests = [an_invitation(number) for number in range(1, many + 1)]
    issue_links(requests, actor=MACHINE)

    with django_assert_max_num_queries(9):
        links = issue_links(requests, actor=MACHINE)

    assert [link.access_id for link in links] == list(range(1, many + 1))
    assert OneTimeLink.objects.live(timezone.now()).count() == many


def test_the_unsent_mail_of_a_dead_link_is_cancelled_with_it() -> None:
    links = issue_links([an_invitation(1), an_invitation(2), an_invitation(3)], actor=MACHINE)
    for link in links:
        post("tests.invitation", to_email=link.address, context={}, link_id=link.pk)

    issued(1)
    revoke_links(access_ids=[2], why=RevokedWhy.CANCELLED)

    states = MailMessage.objects.order_by("link_id").values_list("state", flat=True)
    assert list(states) == ["cancelled", "cancelled", "queued"]


def test_two_links_for_one_access_in_one_set_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="same access"):
        issue_links([an_invitation(1), an_invitation(1)], actor=MACHINE)


def test_revoking_ends_the_links_that_are_named_and_no_others() -> None:
    bea = a_buyer()
    reset, invitation = issue_links([a_reset(bea), an_invitation(1, login=bea)], actor=MACHINE)
    other = issued(2)

    assert revoke_links(login_ids=[bea.pk], purposes=[Purpose.RESET], why=RevokedWhy.PASSWORD_SET) == 1
    assert status_of(reset) is LinkStatus.CANCELLED
    assert status_of(invitation) is LinkStatus.LIVE

    assert revoke_links(access_ids=[1], why=RevokedWhy.DEACTIVATED) == 1
    assert revoke_links(access_ids=[1], why=RevokedWhy.DEACTIVATED) == 0
    assert status_of(invitation) is LinkStatus.CANCELLED
    assert status_of(other) is LinkStatus.LIVE


def test_revoking_links_of_nobody_in_particular_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="name"):
        revoke_links(why=RevokedWhy.CANCELLED)


def test_a_link_is_found_by_its_number_under_the_same_conditions() -> None:
    link = issued()

    assert link_by_id(link.pk, purpose=Purpose.INVITATION, store_id=1).is_live
    with pytest.raises(LinkUnknown):
        link_by_id(link.pk, purpose=Purpose.INVITATION, store_id=2)
