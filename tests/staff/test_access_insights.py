"""The facts of a dashboard, each with the list behind it, and the charts with their tables."""

from typing import Any

from django.test import Client
from django.urls import reverse

from tests import make
from tests.storefront.conftest import SignIn, sign_in  # noqa: F401 - a fixture
from tradedoor.access.actions.invitations import invite_contact
from tradedoor.access.models import Access
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.stores.models import Store


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_the_strip_counts_real_sign_ins_and_leads_to_who_they_were(
    bea: Access,
    nils: Access,
    harbour: Store,
    vic_client: Client,
    sign_in: SignIn,  # noqa: F811 - the fixture
) -> None:
    sign_in(bea)
    sign_in(bea)

    html = text_of(vic_client.get(reverse("staff:dashboard", args=[harbour.slug])))
    assert '<span class="metric__value">2</span>' in html
    assert "by 1 people" in html or "by 1 person" in html
    assert "?tab=current&amp;seen=recently&amp;sort=seen" in html

    behind = text_of(
        vic_client.get(
            reverse("staff:dashboard", args=[harbour.slug]) + "?tab=current&seen=recently&sort=seen"
        )
    )
    assert "Bea Buyer" in behind
    assert "Nils Nord" not in behind


def test_both_charts_say_in_a_sentence_and_a_table_what_they_draw(
    bea: Access,
    acme: Customer,
    harbour: Store,
    vic_client: Client,
    sam: Actor,
    sign_in: SignIn,  # noqa: F811 - the fixture
) -> None:
    sign_in(bea)
    invite_contact(harbour, make.contact(acme), actor=sam)

    html = text_of(vic_client.get(reverse("staff:insights", args=[harbour.slug])))

    assert html.count('role="img"') == 2
    assert html.count("View as table") == 2
    assert 'aria-label="1 sign-in in the last 30 days, today included."' in html
    assert 'aria-label="Of 1 person invited in the last 30 days, 0 joined."' in html
    assert "<script" not in html.split("<main", 1)[1].split("</main>", 1)[0]


def test_without_invitations_the_funnel_says_so(harbour: Store, vic_client: Client) -> None:
    assert "Nothing to draw yet" in text_of(vic_client.get(reverse("staff:insights", args=[harbour.slug])))
