"""The mail with an eStore link, as its reader gets it."""

from tests import make
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.handouts.actions.sending import mail_link
from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import Rendered, build, render
from tradedoor.registration.actions.links import link_for, new_link
from tradedoor.registration.codes import code_of, estore_url
from tradedoor.stores.models import Store


def mailed(store: Store, customer: Customer, actor: Actor, **given: str) -> MailMessage:
    people = customer.contacts.values_list("public_id", flat=True)
    mail_link(store, customer, contacts=people, typed="", message=given.get("message", ""), actor=actor)
    return MailMessage.objects.get()


def rendered(message: MailMessage) -> Rendered:
    found = render(message)
    assert found is not None
    return found


def test_it_names_store_customer_and_reader_and_leads_by_the_link(
    harbour: Store, acme: Customer, bea_contact: Contact, sam: Actor
) -> None:
    message = mailed(harbour, acme, sam, message="See you\nthere <b>")
    words, address = rendered(message), estore_url(link_for(harbour, acme, actor=sam))

    assert words.subject == "Harbour online: the link for Acme"
    assert words.from_name == "Harbour"
    for part in (words.text, words.html):
        assert "Hello Bea," in part
        assert address in part
        assert "New User - Register" in part
    assert "See you\nthere <b>" in words.text
    assert "See you<br>there &lt;b&gt;" in words.html.replace("<br>\n", "<br>")
    assert "\n\n\n" not in words.text
    assert build(message, words)["To"] == "Bea Buyer <bea@acme.example>"


def test_the_outbox_holds_no_code(harbour: Store, acme: Customer, bea_contact: Contact, sam: Actor) -> None:
    message = mailed(harbour, acme, sam)

    code = code_of(link_for(harbour, acme, actor=sam))
    assert code not in str(message.context)


def test_a_link_that_was_replaced_before_its_mail_left_is_not_mailed(
    harbour: Store, acme: Customer, bea_contact: Contact, sam: Actor
) -> None:
    message = mailed(harbour, acme, sam)

    new_link(harbour, acme, actor=sam)

    assert render(message) is None


def test_names_cannot_add_headers(harbour: Store, sam: Actor) -> None:
    acme = make.customer("Acme\r\nBcc: evil@x.example")
    make.contact(acme, "bea@acme.example", first_name="=?utf-8?q?=0d=0aBcc:_evil?=", last_name="x")

    message = mailed(harbour, acme, sam)

    mail = build(message, rendered(message))
    assert mail["Bcc"] is None
    assert "\nBcc:" not in mail.as_string().replace("\r", "").partition("\n\n")[0]
