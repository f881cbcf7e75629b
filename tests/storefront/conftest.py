"""What the tests of a store's pages share: somebody signed in, and goods to look at."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from tests import make
from tradedoor.access.models import Access
from tradedoor.accounts.roles import Role
from tradedoor.catalog.actions.categories import create_category
from tradedoor.catalog.actions.products import NewProduct, NewVariant, create_product
from tradedoor.catalog.models import Product
from tradedoor.core.actor import Actor
from tradedoor.stores.models import Store

SignIn = Callable[..., Client]


@pytest.fixture
def cat(db: None) -> Actor:
    """Who looks after the catalogue."""
    return make.actor(make.staff("Cat Catalogue", role=Role.CATALOGUE_ORDERS))


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """Sign somebody in through the page, as a browser would."""

    def signed_in(access: Access, *, password: str = make.PASSWORD) -> Client:
        client = Client(enforce_csrf_checks=False)
        assert access.login
        answer = client.post(
            f"/s/{access.store.slug}/login/", {"email": access.login.email, "password": password}
        )
        assert answer.status_code == 302, answer.content.decode()[:2000]
        return client

    return signed_in


@pytest.fixture
def bea_client(bea: Access, sign_in: SignIn) -> Client:
    return sign_in(bea)


@pytest.fixture
def pot(cat: Actor) -> Product:
    """A clay pot in two sizes, in a category below another."""
    garden = create_category("Garden", actor=cat)
    pots = create_category("Pots", actor=cat, parent=garden)
    variants = [
        NewVariant(sku="POT-S", options=["Small"], prices={"EUR": Decimal("9.99")}, stock=2),
        NewVariant(sku="POT-L", options=["Large"], prices={"EUR": Decimal("15.99")}, stock=0),
    ]
    new = NewProduct(
        name="Clay <b>pot</b>",
        description="Classic <script>alert(1)</script>\n\n• Light\n• Strong",
        category=pots,
        option_names=["Size"],
        variants=variants,
    )
    return create_product(new, actor=cat)


@pytest.fixture
def page(harbour: Store) -> Callable[[str], str]:
    """The address of a page of the Harbour store."""
    return lambda path: f"/s/{harbour.slug}/{path}"
