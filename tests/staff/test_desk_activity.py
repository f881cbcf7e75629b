"""History on a page: everything in scope, narrowed, paged, and about one customer, contact or store."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests import make
from tests.staff.conftest import SignedIn
from tradedoor.access.models import Access
from tradedoor.accounts.models import Login
from tradedoor.accounts.roles import Role
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.customers import update_customer
from tradedoor.crm.fields import CustomerData
from tradedoor.crm.models import Customer, PriceTier
from tradedoor.stores.models import Store


def seen(browser: Client, **asked: Any) -> str:
    answer = browser.get("/activity/", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_says_what_happened_by_whom_and_to_whom(vic_client: Client, sam: Actor, bea: Access) -> None:
    record(
        "contact.email_changed", actor=sam, customer_id=bea.customer_id, contact_id=bea.contact_id,
        personal={"email": {"old": "old@acme.example", "new": "bea@acme.example"}},
    )  # fmt: skip

    page = seen(vic_client)

    assert "Email of the contact changed" in page
    assert "Sam Seller" in page
    assert f'href="/crm/contacts/{bea.contact.public_id}/"' in page
    assert "<del>old@acme.example</del>" in page
    assert "Today" in page


def test_changes_name_people_and_words_where_history_holds_keys_and_codes(
    sam_client: Client, sam: Actor, acme: Customer, ada_login: Login
) -> None:
    gold = PriceTier.objects.create(name="Gold")
    data: CustomerData = {"account_manager_id": ada_login.pk, "price_tier_id": gold.pk}
    update_customer(acme, data, version=acme.version, actor=sam)
    sam_client.post(f"/crm/customers/{acme.public_id}/status/", {"status": "inactive", "sure": "1"})

    page = seen(sam_client)

    for words in ("<ins>Ada Admin</ins>", "<ins>Gold</ins>", "<del>Active</del>", "<ins>Inactive</ins>"):
        assert words in page
    assert f"<ins>{ada_login.pk}</ins>" not in page


def test_who_signed_in_is_named_though_nobody_did_it(ada_client: Client, ada_login: Login) -> None:
    Client().post("/login/", {"email": ada_login.email, "password": make.PASSWORD})

    assert "· Ada Admin" in seen(ada_client, kind="sign_in", who="visitors")


def test_it_is_narrowed_by_kind_who_and_store(
    ada_client: Client, ada: Actor, sam: Actor, harbour: Store, meadow: Store
) -> None:
    record("store.updated", actor=ada, store_id=harbour.pk)
    record("store.switched_off", actor=sam, store_id=meadow.pk)
    record("catalog.category.created", actor=sam, data={"path": "Tools"})

    assert "Category Tools was made" not in seen(ada_client, kind="stores")
    mine = seen(ada_client, who="me")
    assert "Store settings changed" in mine
    assert "Store switched off" not in mine
    login = Login.objects.get(email="sam@tradedoor.example")
    assert "Store settings changed" not in seen(ada_client, who=login.public_id)
    of_meadow = seen(ada_client, store=meadow.public_id)
    assert "Store switched off" in of_meadow
    assert "Store settings changed" not in of_meadow


def test_nonsense_in_the_address_is_passed_over(ada_client: Client) -> None:
    assert "Signed in" in seen(ada_client, kind="%", who="'", store="x", before="-1")
    assert "Signed in" in seen(ada_client, before="9" * 30)


def test_it_is_paged_and_costs_the_same(
    ada_client: Client,
    ada: Actor,
    acme: Customer,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(120):
        record("catalog.category.created", actor=ada, customer_id=acme.pk, data={"path": f"Shelf {number}"})
    with django_assert_max_num_queries(16):
        page = seen(ada_client)

    assert "Shelf 119" in page
    assert "Shelf 60" not in page
    older = page.split('rel="next"')[0].rsplit('href="?before=', 1)[1].split('"')[0]
    assert "Shelf 60" in seen(ada_client, before=older)
    assert "Newest" in seen(ada_client, before=older)


def test_who_works_for_one_store_sees_what_happened_there(
    signed_in: SignedIn, ada: Actor, harbour: Store, meadow: Store
) -> None:
    record("store.updated", actor=ada, store_id=harbour.pk)
    record("store.switched_off", actor=ada, store_id=meadow.pk)
    elsewhere = signed_in(make.staff("Max Meadow", role=Role.VIEWER, stores=(meadow,)))

    page = seen(elsewhere)

    assert "Store switched off" in page
    assert "Store settings changed" not in page
    assert 'href="?store=' not in page  # one store is no choice


def test_a_refusal_stands_out(ada_client: Client, rf: Any, ada: Actor) -> None:
    record(
        "accounts.login.sign_in_refused",
        actor=Actor.nobody(),
        result="refused",
        personal={"email": "x@y.example"},
    )

    page = seen(ada_client)

    assert "timeline__mark--bad" in page
    assert "Not signed in" in page


def test_what_staff_may_do_is_shown_as_old_and_new(
    ada_client: Client, vic_login: Login, harbour: Callable[..., Store]
) -> None:
    ada_client.post(f"/staff/{vic_login.public_id}/", {"role": "access_manager"})

    page = seen(ada_client, kind="staff")

    assert "<del>Viewer</del>" in page
    assert "<ins>Access manager</ins>" in page
    assert "Vic Viewer" in page
