"""The fixed cast: who they are is said once, here.

Sam sells (access manager), Ada owns, Vic only looks. Bea buys at Acme and is current in the Harbour store.
Nils buys at Borealis, is current in the same store, and must never see Acme. Cara is Acme's own admin there.
"""

import pytest

from tests import make
from tradedoor.access.models import Access
from tradedoor.access.models import Role as BuyerRole
from tradedoor.accounts.models import Login
from tradedoor.accounts.roles import Role
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact, Customer
from tradedoor.stores.models import Store


@pytest.fixture
def sam_login(db: None) -> Login:
    return make.staff("Sam Seller", role=Role.ACCESS_MANAGER, email="sam@tradedoor.example")


@pytest.fixture
def ada_login(db: None) -> Login:
    return make.staff("Ada Admin", role=Role.OWNER, email="ada@tradedoor.example")


@pytest.fixture
def vic_login(db: None) -> Login:
    return make.staff("Vic Viewer", role=Role.VIEWER, email="vic@tradedoor.example")


@pytest.fixture
def sam(sam_login: Login) -> Actor:
    return make.actor(sam_login)


@pytest.fixture
def ada(ada_login: Login) -> Actor:
    return make.actor(ada_login)


@pytest.fixture
def vic(vic_login: Login) -> Actor:
    return make.actor(vic_login)


@pytest.fixture
def harbour(db: None) -> Store:
    return make.store("Harbour")


@pytest.fixture
def meadow(db: None) -> Store:
    return make.store("Meadow")


@pytest.fixture
def acme(db: None) -> Customer:
    return make.customer("Acme", code="ACME")


@pytest.fixture
def borealis(db: None) -> Customer:
    return make.customer("Borealis", code="BORE")


@pytest.fixture
def bea_contact(acme: Customer) -> Contact:
    return make.contact(acme, "bea@acme.example", first_name="Bea", last_name="Buyer")


@pytest.fixture
def bea(bea_contact: Contact, harbour: Store) -> Access:
    return make.access(bea_contact, harbour)


@pytest.fixture
def nils_contact(borealis: Customer) -> Contact:
    return make.contact(borealis, "nils@borealis.example", first_name="Nils", last_name="Nord")


@pytest.fixture
def nils(nils_contact: Contact, harbour: Store) -> Access:
    return make.access(nils_contact, harbour)


@pytest.fixture
def bea_actor(bea: Access) -> Actor:
    assert bea.login is not None
    return make.actor(bea.login, access=bea)


@pytest.fixture
def nils_actor(nils: Access) -> Actor:
    assert nils.login is not None
    return make.actor(nils.login, access=nils)


@pytest.fixture
def cara(acme: Customer, harbour: Store) -> Access:
    contact = make.contact(acme, "cara@acme.example", first_name="Cara", last_name="Chief")
    return make.access(contact, harbour, role=BuyerRole.COMPANY_ADMIN)


@pytest.fixture
def cara_actor(cara: Access) -> Actor:
    assert cara.login is not None
    return make.actor(cara.login, access=cara)
