"""What hand-outs are made from: the store's template and logo, and the facts of a link.

Takes no actor anywhere: the actions and mails that ask have asked for the right before.
"""

import io
from dataclasses import dataclass, replace

from tradedoor.handouts.facts import Handout
from tradedoor.handouts.models import HandoutTemplate
from tradedoor.handouts.packages import Parts, read_package
from tradedoor.handouts.standard import standard_template
from tradedoor.registration.codes import estore_url
from tradedoor.registration.models import Approval, EstoreLink, Mode, Rules
from tradedoor.registration.policy import may_register, shut
from tradedoor.registration.queries import rules_of
from tradedoor.stores.models import Store
from tradedoor.stores.urls import public_url

# What stands on an example that is tried out: nobody's name, and a link that only leads to sign-in.
EXAMPLE_CUSTOMER = "Example Ltd"


@dataclass(frozen=True, slots=True)
class Paper:
    """A hand-out for nobody, to look at and to make all others from."""

    example: Handout
    rules: Rules

    def for_link(self, link: EstoreLink) -> Handout:
        """What stands on the hand-out of a link. Whoever comes by it to an open store is a stranger there."""
        return replace(
            self.example,
            customer=link.customer.name,
            link=estore_url(link),
            registers=may_register(self.rules, link),
            is_approved=self.example.is_approved or shut(link) is not None,
        )


def parts_for(store: Store) -> Parts:
    """The template of the store's hand-outs, its own or the standard one."""
    found = HandoutTemplate.objects.filter(store=store).first()
    if found is None:
        return standard_template(language=store.language, brand=store.brand_colour)
    return read_package(io.BytesIO(content_of(found)))


def paper_of(store: Store) -> Paper:
    """What the hand-outs of a store have in common, read once for however many."""
    rules = rules_of(store)
    example = Handout(
        store=store.name,
        customer=EXAMPLE_CUSTOMER,
        link=public_url(store, "login/"),
        language=store.language,
        brand=store.brand_colour,
        logo=logo_of(store),
        phone=store.phone,
        email=store.email,
        address=store.postal_address,
        registers=rules.mode != Mode.OFF,
        is_approved=rules.approval != Approval.NONE,
        confirms_first=rules.confirm_first,
    )
    return Paper(example, rules)


def logo_of(store: Store) -> bytes | None:
    """The store's logo as PNG, which it has been drawn as; None without one, or where the file is gone."""
    if not store.logo:
        return None
    try:
        with store.logo.open("rb") as file:
            return bytes(file.read())
    except OSError:
        return None


def content_of(template: HandoutTemplate) -> bytes:
    """The file of a store's own template."""
    with template.file.open("rb") as file:
        return bytes(file.read())
