"""Login details for many, in the background."""

import pytest

from tests import make
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.joining import Entered
from tradedoor.access.actions.many_logins import foresee, give_batch, give_in_background
from tradedoor.access.models import Access, State
from tradedoor.access.reasons import SENTENCES, Reason
from tradedoor.accounts.errors import Busy
from tradedoor.accounts.models import Login, OneTimeLink
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.crm.models import Contact, Customer
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work, WorkLine
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import render
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _background() -> None:
    prepare_background()


@pytest.fixture
def people(acme: Customer) -> list[Contact]:
    """Thirty without a login, one with a password of their own, one without an email, one deactivated."""
    made = [make.contact(acme) for _ in range(33)]
    make.buyer_login(made[30].email)
    Contact.objects.filter(pk=made[31].pk).update(email="", email_canonical="")
    return made


@pytest.fixture
def off(people: list[Contact], harbour: Store) -> Access:
    return make.access(people[32], harbour, state=State.DEACTIVATED)


def tell_passwords(store: Store) -> None:
    Store.objects.filter(pk=store.pk).update(login_details=Store.LoginDetails.PASSWORD)


def keys(people: list[Contact]) -> list[int]:
    return [contact.pk for contact in people]


def test_what_would_become_of_them_is_counted_before(
    people: list[Contact], off: Access, harbour: Store, sam: Actor, vic: Actor
) -> None:
    seen = foresee(harbour, keys(people), actor=sam)
    assert (seen.able, seen.keeping, seen.left) == (31, 1, 2)
    assert dict(seen.refused) == {
        str(SENTENCES[Reason.NO_EMAIL]): 1,
        str(SENTENCES[Reason.DEACTIVATED_OFFER_REENABLE]): 1,
    }
    assert Access.objects.count() == 1
    with pytest.raises(NotAllowed):
        foresee(harbour, keys(people), actor=vic)


def test_all_who_can_be_get_a_link_and_the_result_says_what_became_of_each(
    people: list[Contact], off: Access, harbour: Store, sam: Actor
) -> None:
    work = give_in_background(harbour, keys(people), actor=sam)
    assert give_in_background(harbour, keys(people), actor=sam) == work, "a second click starts no second one"

    done = drive_work(work.pk)

    assert (done.state, done.done) == (Work.State.DONE, 33)
    assert done.counts == {"given": 30, "kept_password": 1, "no_email": 1, "deactivated_offer_reenable": 1}
    assert Access.objects.filter(state=State.CURRENT).count() == 31
    assert OneTimeLink.objects.count() == 30
    assert MailMessage.objects.count() == 31
    assert WorkLine.objects.get(work=work, number=people[31].pk).reason == str(SENTENCES[Reason.NO_EMAIL])


def test_where_the_store_says_so_each_is_told_a_password_of_their_own_and_nobody_else_sees_it(
    people: list[Contact], off: Access, harbour: Store, sam: Actor
) -> None:
    tell_passwords(harbour)
    drive_work(give_in_background(harbour, keys(people), actor=sam).pk)

    assert not OneTimeLink.objects.exists()
    told = {}
    for mail in MailMessage.objects.exclude(sealed=""):
        rendered = render(mail)
        assert rendered is not None
        told[mail.to_email] = rendered.text.split("Temporary password: ")[1].split()[0]
    assert len(told) == len(set(told.values())) == 30
    email, password = next(iter(told.items()))
    entered = sign_in_to_store(harbour, email, password, actor=Actor.nobody())
    assert isinstance(entered, Entered)
    shown = repr([line.__dict__ for line in WorkLine.objects.all()]) + repr(Work.objects.get().__dict__)
    assert not any(password in shown for password in told.values())


def test_a_worker_stopped_in_the_middle_gives_nobody_twice(
    people: list[Contact], off: Access, harbour: Store, sam: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_passwords(harbour)
    work = give_in_background(harbour, keys(people), actor=sam)
    calls: list[object] = []

    def busy_at_first(*args: object, **named: object) -> object:
        calls.append(args)
        if len(calls) == 2:
            raise Busy(retry_after=1)
        return give_batch(*args, **named)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr("tradedoor.access.detail_jobs.give_batch", busy_at_first)
    done = drive_work(work.pk)

    assert (done.state, done.done) == (Work.State.DONE, 33)
    assert len(calls) == 5
    assert MailMessage.objects.count() == 31
    assert Login.objects.filter(password_is_temporary_until__isnull=False).count() == 30
