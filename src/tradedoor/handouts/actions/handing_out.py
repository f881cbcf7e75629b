"""A customer's eStore link handed out: as a hand-out or as a QR code. Who did so is written down (TOK-12)."""

from django.db import transaction

from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Customer
from tradedoor.handouts.codes import qr_png, qr_svg
from tradedoor.handouts.making import Kind, MadeFile, made_file, plain_name
from tradedoor.handouts.sources import paper_of, parts_for
from tradedoor.registration.actions.links import link_for, note_shown
from tradedoor.registration.codes import estore_url
from tradedoor.registration.models import EstoreLink
from tradedoor.stores.models import Store


def make_handout(store: Store, customer: Customer, *, kind: Kind, actor: Actor) -> MadeFile:
    """The hand-out of the customer for the store. Raises `NotAllowed`, `NoLinkHere` and `LettersMissing`."""
    link = _handed_out(store, customer, way=kind.value, actor=actor)
    return made_file(paper_of(store).for_link(link), parts_for(store), kind=kind)


def make_qr(store: Store, customer: Customer, *, kind: str, actor: Actor) -> MadeFile:
    """The QR code of the eStore link, `kind` being svg or png. Raises `NotAllowed` and `NoLinkHere`."""
    link = _handed_out(store, customer, way=f"qr.{kind}", actor=actor)
    name = f"{plain_name(customer.name)} QR.{kind}"
    if kind == "png":
        return MadeFile(name, qr_png(estore_url(link), scale=16), "image/png")
    return MadeFile(name, qr_svg(estore_url(link)).encode(), "image/svg+xml")


def example_handout(store: Store, *, kind: Kind, actor: Actor) -> MadeFile:
    """A hand-out for nobody, from the store's present template. Raises `NotAllowed` and `LettersMissing`."""
    require(actor, Permission.STORE_READ, stores=[store.pk])
    return made_file(paper_of(store).example, parts_for(store), kind=kind)


@transaction.atomic
def _handed_out(store: Store, customer: Customer, *, way: str, actor: Actor) -> EstoreLink:
    link = link_for(store, customer, actor=actor)
    note_shown([link], way=way, actor=actor)
    return link
