"""`tradedoor store …`"""

import click

from tradedoor.config.machine import machine
from tradedoor.config.printing import as_json, print_rows
from tradedoor.core.permissions import Permission
from tradedoor.stores.queries import stores
from tradedoor.stores.urls import public_url

COLUMNS = ("slug", "name", "kind", "customer", "is_active", "address")


@click.group("store")
def store_command() -> None:
    """Look at the stores."""


@store_command.command("list")
@as_json
def list_stores(*, as_json: bool) -> None:
    """List all stores."""
    rows = [
        {
            "slug": store.slug,
            "name": store.name,
            "kind": store.kind,
            "customer": store.customer.name if store.customer else None,
            "is_active": store.is_active,
            "address": public_url(store),
        }
        for store in stores(machine("store list", Permission.STORE_READ))
    ]
    print_rows(rows, columns=COLUMNS, as_json=as_json, none="There is no store yet.")
