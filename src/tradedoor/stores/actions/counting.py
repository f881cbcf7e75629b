"""How many sign-ins a store has a day, counted in the transaction of each."""

from django.db import connections, router

from tradedoor.stores.models import SignInCount, Store
from tradedoor.stores.queries import today_in


def count_sign_in(store: Store) -> None:
    """Add one to the store's count of today, in the caller's transaction and by one statement."""
    connection = connections[router.db_for_write(SignInCount)]
    table = connection.ops.quote_name(SignInCount._meta.db_table)  # noqa: SLF001 - the table's name has no other door
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (store_id, day, count) VALUES (%s, %s, 1)"  # noqa: S608 - our own table
            f" ON CONFLICT (store_id, day) DO UPDATE SET count = {table}.count + 1",
            [store.pk, today_in(store)],
        )
