"""Rows for tests. Every function makes one valid row; what a test is not about has a default."""

from dataclasses import replace
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from tradedoor.access.actions import states
from tradedoor.access.actions.states import Change, NewAccess
from tradedoor.access.models import Access, Role, State
from tradedoor.access.policy import rights_of
from tradedoor.access.transitions import Trigger
from tradedoor.accounts.models import Login, Realm
from tradedoor.accounts.queries import actor_for_login
from tradedoor.accounts.roles import Role as StaffRole
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical
from tradedoor.core.errors import Invalid
from tradedoor.crm.documents import contact_document, customer_document
from tradedoor.crm.keys import code_key, name_key
from tradedoor.crm.models import Contact, Customer, Department
from tradedoor.stores.models import StaffStore, Store
from tradedoor.stores.queries import store_ids_of

PASSWORD = "seven green kettles"
MAKER = Actor.machine("tests", permissions=frozenset())

numbers = count(1)


def staff(
    name: str = "Sam Seller",
    *,
    role: StaffRole = StaffRole.ACCESS_MANAGER,
    email: str = "",
    stores: tuple[Store, ...] | None = None,
) -> Login:
    """A staff login with a password of its own, for all stores unless some are named."""
    address = email or f"staff{next(numbers)}@tradedoor.example"
    login = Login.objects.create(
        realm=Realm.STAFF,
        email=address,
        email_canonical=canonical(address),
        name=name,
        role=role,
        all_stores=stores is None,
        password=make_password(PASSWORD),
    )
    for store_ in stores or ():
        StaffStore.objects.create(login=login, store=store_)
    return login


def buyer_login(email: str, *, password: str = PASSWORD, **fields: Any) -> Login:
    """A buyer login with an own password; with none at all where `password` is empty."""
    return Login.objects.create(
        realm=Realm.BUYER,
        email=email,
        email_canonical=canonical(email),
        password=make_password(password or None),
        **fields,
    )


def actor(login: Login, *, access: Access | None = None, ip: str = "") -> Actor:
    """Whoever is signed in with this login."""
    if login.is_staff:
        stores = None if login.all_stores else store_ids_of(login.pk)
        return actor_for_login(login, stores=stores, ip=ip)
    reach = frozenset({access.store_id}) if access else frozenset[int]()
    made = actor_for_login(login, stores=reach, access_id=access.pk if access else None, ip=ip)
    return replace(made, permissions=rights_of(access)) if access else made


def customer(name: str = "Acme", **fields: Any) -> Customer:
    """A customer with its department Main."""
    code = fields.pop("code", f"C{next(numbers):05}")
    document = customer_document(
        name=name, code=code, email=fields.get("email", ""), phone=fields.get("phone", "")
    )
    made = Customer.objects.create(
        name=name, code=code, code_key=code_key(code), **document._asdict(), **fields
    )
    Department.objects.create(
        customer=made, name=Department.MAIN, name_key=name_key(Department.MAIN), is_main=True
    )
    return made


def contact(of: Customer, email: str | None = None, **fields: Any) -> Contact:
    """A contact in the customer's main department, with an email of their own unless one is given."""
    number = next(numbers)
    typed = f"contact{number}@{name_key(of.name).replace(' ', '-')}.example" if email is None else email
    names = {
        "first_name": fields.pop("first_name", "Kim"),
        "last_name": fields.pop("last_name", f"Nr{number}"),
    }
    document = contact_document(**names, email=typed, customer_name=of.name, customer_code=of.code)
    return Contact.objects.create(
        customer=of,
        department=of.departments.get(is_main=True),
        email=typed,
        email_canonical=_canonical_or_nothing(typed),
        **names,
        **document._asdict(),
        **fields,
    )


def store(name: str = "Harbour", **fields: Any) -> Store:
    """A shared store that lacks nothing."""
    given = {
        "slug": name_key(name).replace(" ", "-"),
        "phone": "+44 20 7946 0000",
        "email": "help@seller.example",
    }
    return Store.objects.create(name=name, **(given | fields))


WAYS: dict[State, tuple[Trigger, ...]] = {
    State.PENDING: (Trigger.INVITE,),
    State.CURRENT: (Trigger.GIVE_LOGIN_DETAILS,),
    State.DEACTIVATED: (Trigger.GIVE_LOGIN_DETAILS, Trigger.DEACTIVATE),
    State.REQUESTED: (Trigger.REGISTER_FOR_APPROVAL,),
    State.CANCELLED: (Trigger.INVITE, Trigger.CANCEL),
    State.DECLINED: (Trigger.REGISTER_FOR_APPROVAL, Trigger.DECLINE),
}


def access(
    of: Contact,
    store: Store,
    *,
    state: State = State.CURRENT,
    login: Login | None = None,
    role: Role = Role.BUYER,
) -> Access:
    """An access brought into its state by events that lead there; its login has a password unless given."""
    known = login or Login.objects.buyers().filter(email_canonical=of.email_canonical).first()
    if known is None and of.email_canonical:
        known = buyer_login(of.email)
    first, *rest = WAYS[state]
    new = NewAccess(store_id=store.pk, contact=of, login_id=known.pk if known else None, role=role)
    with transaction.atomic():
        [made] = states.move(Change(first, new=[new]), actor=MAKER).rows
        for trigger in rest:
            [made] = states.move(Change(trigger, ids=[made.pk]), actor=MAKER).rows
    return made


def login_of(access: Access) -> Login:
    """The login of an access that has one, as it is now."""
    return Login.objects.get(accesses=access)


def _canonical_or_nothing(email: str) -> str:
    try:
        return canonical(email)
    except Invalid:
        return ""
