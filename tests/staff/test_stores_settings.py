"""Stores: listed, added, and set up section by section."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from tests import make
from tests.staff.conftest import SignedIn
from tradedoor.access.models import Access
from tradedoor.crm.models import Customer
from tradedoor.stores.models import Store, StoreAlias


def text_of(response: Any) -> str:
    return str(response.content.decode())


def at(name: str, store: Store) -> str:
    return reverse(f"staff:{name}", args=[store.slug])


def details(store: Store, **changes: str) -> dict[str, str]:
    names = ("name", "slug", "phone", "email", "currency", "postal_address", "time_zone")
    return {name: getattr(store, name) for name in names} | {"version": str(store.version)} | changes


def look(store: Store, **changes: Any) -> dict[str, Any]:
    names = ("headline", "welcome", "brand_colour", "accent_colour")
    return {name: getattr(store, name) for name in names} | {"version": str(store.version)} | changes


def picture(*, colour: str = "red") -> SimpleUploadedFile:
    drawn = BytesIO()
    Image.new("RGB", (40, 20), colour).save(drawn, "PNG")
    return SimpleUploadedFile("logo.png", drawn.getvalue(), content_type="image/png")


def test_stores_are_listed_with_their_numbers_and_only_those_of_the_scope(
    bea: Access, harbour: Store, meadow: Store, ada_client: Client, signed_in: SignedIn
) -> None:
    html = text_of(ada_client.get(reverse("staff:stores")))
    assert "Harbour" in html
    assert "Meadow" in html
    limited = signed_in(make.staff("Mia Meadow", stores=(meadow,)))
    assert "Harbour" not in text_of(limited.get(reverse("staff:stores")))


def test_a_store_is_added_once_and_errors_stand_beside_their_fields(db: None, ada_client: Client) -> None:
    assert "No stores yet" in text_of(ada_client.get(reverse("staff:stores")))
    add = reverse("staff:store-add")
    wrong = ada_client.post(add, {"name": "North", "slug": "no slug", "currency": "EUR"})
    assert wrong.status_code == 422
    assert "small letters, digits and hyphens" in text_of(wrong)
    assert 'value="North"' in text_of(wrong)

    given = {"name": "North", "slug": "north", "currency": "EUR", "once": "a" * 32}
    first = ada_client.post(add, given)
    assert first["Location"] == ada_client.post(add, given)["Location"]
    assert Store.objects.count() == 1
    taken = ada_client.post(add, {"name": "Other", "slug": "north", "currency": "EUR"})
    assert "Another store has this address" in text_of(taken)


def test_all_that_is_wrong_with_a_new_store_is_told_at_once(harbour: Store, ada_client: Client) -> None:
    sent = {"name": "", "slug": "harbour", "email": "nobody", "currency": "Euro"}
    told = text_of(ada_client.post(reverse("staff:store-add"), sent))
    for name in sent:
        assert f'id="id_{name}_error"' in told
    assert "Another store has this address" in told


def test_a_new_address_keeps_the_old_one_working(harbour: Store, ada_client: Client) -> None:
    assert "/s/harbour/" in text_of(ada_client.get(at("store-settings", harbour)))
    response = ada_client.post(at("store-settings", harbour), details(harbour, slug="quay"))

    assert response["Location"] == "/stores/quay/settings/"
    assert StoreAlias.objects.get().slug == "harbour"
    assert ada_client.get("/stores/harbour/settings/").status_code == 200


def test_two_at_one_form_lose_nothing_that_was_typed(harbour: Store, ada_client: Client) -> None:
    mine = details(harbour, name="Mine")
    ada_client.post(at("store-settings", harbour), details(harbour, name="Theirs"))

    response = ada_client.post(at("store-settings", harbour), mine)
    html = text_of(response)
    assert response.status_code == 409
    assert 'value="Mine"' in html
    assert "it is now “Theirs”, you have “Mine”" in html

    harbour.refresh_from_db()
    assert (
        ada_client.post(at("store-settings", harbour), mine | {"version": str(harbour.version)}).status_code
        == 302
    )
    harbour.refresh_from_db()
    assert harbour.name == "Mine"


def test_colours_are_measured_and_those_too_pale_corrected(harbour: Store, ada_client: Client) -> None:
    address = at("store-look", harbour)
    pale = text_of(
        ada_client.get(
            address, {"brand_colour": "#ffee88"}, headers={"HX-Request": "true", "HX-Target": "look-preview"}
        )
    )

    assert "too pale to read" in pale
    assert "<html" not in pale
    assert "reads well" in text_of(ada_client.get(address))
    door = ada_client.get(at("store-door-preview", harbour), {"brand": "#ffee88", "accent": "nonsense"})
    assert "frame-ancestors 'self'" in door["Content-Security-Policy"]
    assert door["X-Frame-Options"] == "SAMEORIGIN"
    assert "ffee88" in text_of(ada_client.get(at("store-theme-preview", harbour), {"brand": "#ffee88"}))
    assert "frame-src 'self'" in ada_client.get(address)["Content-Security-Policy"]


def test_a_picture_is_set_and_removed_and_a_bad_one_changes_nothing_else(
    harbour: Store, ada_client: Client
) -> None:
    bad = SimpleUploadedFile("logo.png", b"<svg onload=alert(1)>", content_type="image/png")
    refused = ada_client.post(at("store-look", harbour), look(harbour, logo=bad, headline="New words"))
    assert refused.status_code == 422
    assert "no picture that can be used" in text_of(refused)
    assert not Store.objects.filter(headline="New words").exists()

    ada_client.post(
        at("store-look", harbour),
        look(harbour, logo=picture(), banner=picture(colour="blue"), headline="New words"),
    )
    harbour.refresh_from_db()
    assert harbour.logo
    assert harbour.banner
    assert harbour.headline == "New words"
    ada_client.post(at("store-look", harbour), look(harbour, remove_logo="on"))
    harbour.refresh_from_db()
    assert not harbour.logo
    assert harbour.banner


def test_invitation_days_run_from_1_to_90(harbour: Store, ada_client: Client) -> None:
    address = at("store-invitations", harbour)
    given = {"invitation_days": "91", "sender_name": "Sales", "reply_to": "", "version": str(harbour.version)}
    assert ada_client.post(address, given).status_code == 422
    ada_client.post(address, given | {"invitation_days": "14"})
    harbour.refresh_from_db()
    assert (harbour.invitation_days, harbour.sender_name) == (14, "Sales")
    assert "Sales" in text_of(ada_client.get(at("invitation-preview", harbour)))
    mail = ada_client.get(at("invitation-mail", harbour))
    assert "sandbox" in mail["Content-Security-Policy"]
    assert "Join Now" in text_of(mail)


def test_a_store_becomes_dedicated_only_while_no_other_customer_is_in_it(
    bea: Access, nils: Access, acme: Customer, harbour: Store, ada_client: Client
) -> None:
    address = at("store-kind", harbour)
    assert "Only its contacts may be given access." in text_of(ada_client.get(address))
    given = {"kind": "dedicated", "customer_id": "ACME", "version": str(harbour.version)}
    refused = ada_client.post(address, given)
    assert refused.status_code == 409
    assert "People of other customers can still use this store" in text_of(refused)
    assert 'value="ACME"' in text_of(refused)

    Access.objects.filter(pk=nils.pk).update(state="deactivated")
    assert ada_client.post(address, given).status_code == 302
    harbour.refresh_from_db()
    assert harbour.customer == acme
    unknown = given | {"customer_id": "Nobody", "version": str(harbour.version)}
    assert "No customer is called so." in text_of(ada_client.post(address, unknown))


def test_a_store_is_switched_off_and_on_and_says_so_on_its_dashboard(
    bea: Access, harbour: Store, ada_client: Client
) -> None:
    ada_client.post(at("store-switch", harbour), {"active": "0"})
    assert "This store is switched off" in text_of(ada_client.get(at("dashboard", harbour)))
    bea.refresh_from_db()
    assert bea.state == "current"
    ada_client.post(at("store-switch", harbour), {"active": "1"})
    harbour.refresh_from_db()
    assert harbour.is_active
    assert "Store switched off" in text_of(ada_client.get(at("store-activity", harbour)))


@pytest.mark.parametrize("name", ["store-settings", "store-look", "store-invitations", "store-kind"])
def test_others_look_and_do_not_change_and_outside_the_scope_there_is_nothing(
    name: str, harbour: Store, meadow: Store, sam_client: Client, signed_in: SignedIn
) -> None:
    html = text_of(sam_client.get(at(name, harbour)))
    assert "disabled" in html
    assert "data-savebar" not in html
    assert sam_client.post(at(name, harbour), details(harbour, name="Mine")).status_code == 403
    limited = signed_in(make.staff("Mia Meadow", stores=(meadow,)))
    assert limited.get(at(name, harbour)).status_code == 404
