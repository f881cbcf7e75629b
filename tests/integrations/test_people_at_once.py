"""Several contacts, stores or addresses behind one member at Mailchimp, and a tag nobody asked for any more."""

from tests import make
from tests.integrations.people import edit, subscribe
from tests.mailchimp import LIST_ID, FakeMailchimp
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.integrations.actions.audiences import connect_audience
from tradedoor.integrations.actions.hooks import hook_token, take_hook
from tradedoor.integrations.actions.syncing import sync_audience
from tradedoor.integrations.models import Audience
from tradedoor.stores.models import Store


def test_one_of_two_with_one_address_moves_and_the_other_stays(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, borealis: Customer, harbour: Store, sam: Actor
) -> None:
    twin = subscribe(make.contact(borealis, bea.email, first_name="Bea"))
    make.access(twin, harbour)
    sync_audience(audience.pk)
    edit(bea, actor=sam, email="bea@elsewhere.example")

    sync_audience(audience.pk)

    assert mailchimp.subscribed() == {"bea@acme.example", "bea@elsewhere.example"}
    assert mailchimp.tagged() == {"bea@elsewhere.example"}  # the twin gets no mail-outs


def test_an_audience_of_two_stores_keeps_whom_the_other_wants(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, meadow: Store, ada: Actor
) -> None:
    make.access(bea, meadow)
    other = connect_audience(meadow, LIST_ID, tag="Mail out", actor=ada)
    sync_audience(audience.pk)
    sync_audience(other.pk)
    bea.accesses.filter(store=meadow).delete()

    sync_audience(other.pk)

    assert mailchimp.subscribed() == mailchimp.tagged() == {bea.email}


def test_whoever_comes_back_without_mail_outs_has_the_tag_no_more(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, sam: Actor
) -> None:
    sync_audience(audience.pk)
    edit(bea, actor=sam, subscribed=False)
    sync_audience(audience.pk)
    edit(bea, actor=sam, subscribed=True, receive_mail_out=False)

    sync_audience(audience.pk)

    assert mailchimp.subscribed() == {bea.email}
    assert mailchimp.tagged() == set()


def test_whoever_changes_the_address_there_is_taken_out_by_it(
    mailchimp: FakeMailchimp, audience: Audience, bea: Contact, harbour: Store, sam: Actor
) -> None:
    sync_audience(audience.pk)
    member = mailchimp.people.pop(next(iter(mailchimp.people)))
    mailchimp.put("bea@home.example").tags = member.tags
    told = {"data[old_email]": "Bea@acme.example", "data[new_email]": "bea@home.example"}
    take_hook(harbour, hook_token(harbour), {"type": "upemail", "data[list_id]": LIST_ID, **told})
    take_hook(
        harbour, hook_token(harbour), {"type": "upemail", "data[list_id]": LIST_ID, "data[old_email]": "x"}
    )
    edit(bea, actor=sam, subscribed=False)

    sync_audience(audience.pk)

    assert mailchimp.subscribed() == set()
    assert mailchimp.status_of("bea@home.example") == "archived"
