"""Nobody of the staff reaches beyond what they hold, upwards or sideways (security.md STF-02)."""

import pytest

from tests import make
from tradedoor.accounts.actions.staff import change_staff, deactivate_staff, send_staff_link
from tradedoor.accounts.models import Login
from tradedoor.accounts.roles import Role
from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.stores.actions.staff import set_staff_stores
from tradedoor.stores.models import StaffStore, Store


@pytest.fixture
def of_harbour(harbour: Store) -> Actor:
    """An owner, of one store only."""
    return make.actor(make.staff("Olga Owner", role=Role.OWNER, stores=(harbour,)))


def test_an_owner_of_one_store_touches_no_owner_of_all_stf_02(of_harbour: Actor, ada_login: Login) -> None:
    with pytest.raises(NotAllowed):
        deactivate_staff(ada_login.pk, actor=of_harbour)
    with pytest.raises(NotAllowed):
        change_staff(ada_login.pk, role=Role.VIEWER, all_stores=False, actor=of_harbour)
    with pytest.raises(NotAllowed):
        send_staff_link(ada_login.pk, actor=of_harbour)
    ada_login.refresh_from_db()
    assert (ada_login.is_active, ada_login.role, ada_login.all_stores) == (True, Role.OWNER, True)


def test_nobody_takes_stores_away_that_they_do_not_hold_stf_02(
    of_harbour: Actor, harbour: Store, meadow: Store
) -> None:
    other = make.staff("Sid Seller", stores=(harbour, meadow))
    with pytest.raises(NotAllowed):
        set_staff_stores(other.pk, [harbour.pk], actor=of_harbour)
    assert StaffStore.objects.filter(login=other).count() == 2
