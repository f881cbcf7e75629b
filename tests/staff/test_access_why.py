"""The page that says why somebody cannot sign in, the ways to it, and the command."""

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse

from tradedoor.access.actions.switching import deactivate
from tradedoor.access.models import Access
from tradedoor.access.sets import just
from tradedoor.config.commands.access import access_command
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db
WHY = reverse("staff:access-why")


def page(client: Client, **asked: str) -> str:
    response = client.get(WHY, asked)
    assert response.status_code == 200
    return response.content.decode()


def test_each_reason_stands_with_its_fix(bea: Access, harbour: Store, sam: Actor, sam_client: Client) -> None:
    deactivate(just(bea), actor=sam, reason="Left Acme")

    shown = page(sam_client, q="bea@acme.example")

    assert "Harbour: deactivated by Sam Seller: Left Acme" in shown
    assert "Re-enable customer: Bea Buyer" in shown

    here = f"{WHY}?q=bea%40acme.example"
    address = reverse("staff:access-reenable", args=[harbour.slug, bea.public_id])
    response = sam_client.post(address, {"next": here})
    assert response["Location"] == here
    assert "Nothing stands in the way" in page(sam_client, q="bea@acme.example")


def test_a_viewer_sees_the_reason_and_no_button_that_changes(
    bea: Access, sam: Actor, vic_client: Client
) -> None:
    deactivate(just(bea), actor=sam)

    shown = page(vic_client, q="bea@acme.example")

    assert "deactivated by Sam Seller" in shown
    assert "Re-enable customer" not in shown


@pytest.mark.usefixtures("bea")
def test_it_is_reached_from_dashboard_and_palette(harbour: Store, sam_client: Client) -> None:
    dashboard = sam_client.get(reverse("staff:dashboard", args=[harbour.slug])).content.decode()
    assert f"{WHY}?store=harbour" in dashboard
    assert WHY in sam_client.get(reverse("staff:access")).content.decode()
    for text in ("bea@acme.example", "bea"):
        found = sam_client.get(reverse("staff:search"), {"q": text}).content.decode()
        assert f"{WHY}?q={text.replace('@', '%40')}" in found
    assert WHY in sam_client.get(reverse("staff:search"), {"q": "sign in"}).content.decode()


def test_what_is_typed_is_only_ever_text(sam_client: Client) -> None:
    shown = page(sam_client, q='<script>alert(1)</script>"@x.example')

    assert "<script>alert(1)" not in shown


@pytest.mark.usefixtures("bea_contact")
def test_a_store_outside_the_rights_is_not_there(sam_client: Client) -> None:
    assert sam_client.get(WHY, {"q": "bea", "store": "made-up"}).status_code == 404


def test_the_command_says_the_same_and_fails_where_something_stands_in_the_way(
    bea: Access, sam: Actor, bea_contact: Contact
) -> None:
    runner = CliRunner()
    fine = runner.invoke(access_command, ["why", "--email", bea_contact.email])
    assert (fine.exit_code, "nothing_in_the_way" in fine.output) == (0, True)

    deactivate(just(bea), actor=sam)

    shut = runner.invoke(access_command, ["why", "--email", bea_contact.email])
    assert shut.exit_code == 1
    assert "deactivated: Harbour: deactivated by Sam Seller." in shut.output
    assert runner.invoke(access_command, ["why", "--email", "nobody here"]).exit_code == 1
