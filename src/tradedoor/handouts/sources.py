"""What hand-outs are made from: the store's template and logo, and the facts of a link.

Takes no actor anywhere: the actions and mails that ask have asked for the right before.
"""

import io
from dataclasses import replace

from tradedoor.handouts.facts import Handout
from tradedoor.handouts.models import HandoutTemplate
from tradedoor.handouts.packages import Parts, read_package
from tradedoor.handouts.standard import standard_template
from tradedoor.registration.codes import estore_url
from tradedoor.registration.models import EstoreLink
from tradedoor.registration.policy import shut
from tradedoor.stores.models import Store
from tradedoor.stores.urls import public_url

# What stands on an example that is tried out: nobody's name, and a link that only leads to sign-in.
EXAMPLE_CUSTOMER = "Example Ltd"


def parts_for(store: Store) -> Parts:
    """The template of the store's hand-outs, its own or the standard one."""
    found = HandoutTemplate.objects.filter(store=store).first()
    if found is None:
        return standard_template(language=store.language, brand=store.brand_colour)
    return read_package(io.BytesIO(content_of(found)))


def handout_of(link: EstoreLink, *, logo: bytes | None) -> Handout:
    """What stands on the hand-out of a link."""
    known = _known_of(link.store, logo)
    return replace(known, customer=link.customer.name, link=estore_url(link), registers=shut(link) is None)


def example_for(store: Store, *, logo: bytes | None) -> Handout:
    """A hand-out for nobody, to look at."""
    return _known_of(store, logo)


def logo_of(store: Store) -> bytes | None:
    """The store's logo as PNG, which it has been drawn as; None without one, or where the file is gone."""
    if not store.logo:
        return None
    try:
        with store.logo.open("rb") as file:
            return bytes(file.read())
    except OSError:
        return None


def _known_of(store: Store, logo: bytes | None) -> Handout:
    return Handout(
        store=store.name,
        customer=EXAMPLE_CUSTOMER,
        link=public_url(store, "login/"),
        language=store.language,
        brand=store.brand_colour,
        logo=logo,
        phone=store.phone,
        email=store.email,
        address=store.postal_address,
    )


def content_of(template: HandoutTemplate) -> bytes:
    """The file of a store's own template."""
    with template.file.open("rb") as file:
        return bytes(file.read())
