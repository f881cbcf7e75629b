"""History narrowed by time, and taken away as a file."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests import make
from tests.staff.conftest import SignedIn
from tradedoor.access.models import Access
from tradedoor.audit import exports
from tradedoor.audit.models import AuditRow
from tradedoor.audit.record import record
from tradedoor.audit.seals import seal_new_rows
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.stores.models import Store


def rows_of(response: Any) -> list[dict[str, str]]:
    assert response.headers["Content-Type"].startswith("text/csv"), response.content
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def happened(actor: Actor, bea: Access, *, name: str = "New", event: str = "contact.email_changed") -> None:
    record(
        event, actor=actor, customer_id=bea.customer_id, contact_id=bea.contact_id, store_id=bea.store_id,
        personal={"email": {"old": "old@acme.example", "new": name}},
    )  # fmt: skip


def test_a_file_names_whom_it_is_about_and_what_changed_and_runs_nothing(
    ada: Actor, bea: Access, sam_client: Client
) -> None:
    happened(ada, bea, name="=cmd()")

    [row] = [
        row for row in rows_of(sam_client.get("/activity/export.csv")) if row["Code"].startswith("contact.")
    ]

    assert row["What happened"] == "Email of the contact changed"
    assert (row["Who"], row["Customer"], row["Contact"], row["Store"]) == (
        "Ada Admin", "Acme", "Bea Buyer", "Harbour",
    )  # fmt: skip
    assert row["Changes"] == "Email: old@acme.example → =cmd()"
    assert not any(cell.startswith(("=", "+", "@")) for cell in row.values())


@pytest.mark.parametrize("about", ["everything", "customer", "contact", "store"])
def test_each_timeline_has_its_own_and_every_export_is_written_down(
    about: str, ada: Actor, bea: Access, nils: Access, sam_client: Client
) -> None:
    happened(ada, bea)
    happened(ada, nils)
    page = {
        "everything": "/activity/",
        "customer": f"/crm/customers/{bea.customer.public_id}/activity/",
        "contact": f"/crm/contacts/{bea.contact.public_id}/activity/",
        "store": f"/stores/{bea.store.slug}/settings/activity/",
    }[about]
    assert 'href="export.csv?"' in sam_client.get(page).content.decode()

    rows = rows_of(sam_client.get(f"{page}export.csv"))

    wanted = 2 if about in {"everything", "store"} else 1
    assert len([row for row in rows if row["Code"] == "contact.email_changed"]) == wanted
    written = AuditRow.objects.get(event=exports.EXPORTED)
    assert (written.customer_id, written.contact_id, written.store_id) == (
        bea.customer_id if about == "customer" else None,
        bea.contact_id if about == "contact" else None,
        bea.store_id if about == "store" else None,
    )


def test_a_file_holds_what_the_filters_show_and_more_than_a_page(
    ada: Actor, bea: Access, sam_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "LONGEST", 7)
    for _ in range(60):
        happened(ada, bea)
    happened(ada, bea, event="catalog.product_changed")

    rows = rows_of(sam_client.get("/activity/export.csv", {"kind": "crm"}))

    assert [row["Code"] for row in rows] == ["contact.email_changed"] * 60
    assert len({row["Row"] for row in rows}) == 60


@pytest.mark.parametrize("is_sealed", [True, False])
def test_when_narrows_every_timeline(is_sealed: bool, ada: Actor, bea: Access, vic_client: Client) -> None:  # noqa: FBT001 - a parameter of the test
    now = timezone.now()
    for days in (100, 40, 10, 0):
        with time_machine.travel(now - timedelta(days=days), tick=False):
            happened(ada, bea, name=f"{days} days ago")
            if is_sealed:
                seal_new_rows()
    seen = {
        when: [
            days
            for days in (100, 40, 10, 0)
            if f">{days} days ago<" in vic_client.get("/activity/", {"when": when}).content.decode()
        ]
        for when in ("", "today", "week", "month", "quarter")
    }

    assert seen == {"": [100, 40, 10, 0], "today": [0], "week": [0], "month": [10, 0], "quarter": [40, 10, 0]}


def test_who_only_looks_takes_nothing_away(
    ada: Actor, vic: Actor, bea: Access, vic_client: Client, carl_client: Client
) -> None:
    happened(ada, bea)
    for client in (vic_client, carl_client):
        assert "export.csv" not in client.get("/activity/").content.decode()
        assert client.get("/activity/export.csv").status_code == 403
    with pytest.raises(NotAllowed):
        exports.export_timeline(vic, {})
    assert not AuditRow.objects.filter(event=exports.EXPORTED).exists()


def test_a_file_stays_inside_the_scope(ada: Actor, bea: Access, meadow: Store, signed_in: SignedIn) -> None:
    happened(ada, bea)
    client = signed_in(make.staff("Mia", stores=(meadow,)))

    assert not [row for row in rows_of(client.get("/activity/export.csv")) if row["Store"] == "Harbour"]
    assert client.get(f"/stores/{bea.store.slug}/settings/activity/export.csv").status_code == 404
