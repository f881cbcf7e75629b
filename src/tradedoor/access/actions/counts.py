"""The numbers on the tabs, moved in the transaction that moves the accesses."""

from collections.abc import Mapping

from django.db import connections, router

from tradedoor.access.models import Tab, TabCount


def add(deltas: Mapping[tuple[int, Tab], int]) -> None:
    """Add to the count of each (store, tab). One statement, whatever the number.

    The rows are written in one order by everybody, and after the accesses are locked, so that two who move
    accesses of one store wait for each other and never deadlock.
    """
    wanted = sorted((store_id, tab.value, delta) for (store_id, tab), delta in deltas.items() if delta)
    if not wanted:
        return
    connection = connections[router.db_for_write(TabCount)]
    table = connection.ops.quote_name(TabCount._meta.db_table)  # noqa: SLF001 - the table's name has no other door
    places = ", ".join(["(%s, %s, %s)"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (store_id, tab, count) VALUES {places}"  # noqa: S608 - our own table, values as parameters
            f" ON CONFLICT (store_id, tab) DO UPDATE SET count = {table}.count + excluded.count",
            [value for row in wanted for value in row],
        )
