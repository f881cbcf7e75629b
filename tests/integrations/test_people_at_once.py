"""Several contacts or stores behind one address at Mailchimp, and a tag that nobody asked for any more."""

from tests import make
from tests.integrations.people import edit, subscribe
from tests.mailchimp import LIST_ID, FakeMailchimp
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.integrations.actions.audiences import connect_audience
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
