"""Making, changing and looking up stores."""

import pytest

from tests import make
from tradedoor.access.actions.stores import OthersHaveAccess, update_store
from tradedoor.access.models import Access, State
from tradedoor.accounts.models import Login
from tradedoor.accounts.roles import Role as StaffRole
from tradedoor.audit.models import AuditRow
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid, NotAllowed, NotFound, Refusal
from tradedoor.crm.models import Customer
from tradedoor.stores.actions import staff
from tradedoor.stores.actions.stores import create_store, set_active
from tradedoor.stores.errors import SlugTaken, StoreChanged, StoreNotFound
from tradedoor.stores.events import SENTENCES, Event
from tradedoor.stores.models import Store
from tradedoor.stores.queries import store_by_slug, store_for, store_ids_of, stores
from tradedoor.stores.urls import public_url, staff_url

pytestmark = pytest.mark.django_db


def test_a_store_is_made_of_what_is_given_and_of_defaults(ada: Actor) -> None:
    store = create_store({"name": "  Harbour\tStore ", "slug": " Harbour ", "nonsense": 1}, actor=ada)

    assert (store.name, store.slug, store.kind) == ("Harbour Store", "harbour", Store.Kind.SHARED)
    assert store.missing_for_inviting() == []
    row = AuditRow.objects.get(event=Event.CREATED)
    assert (row.store_id, row.actor_id) == (store.pk, ada.login_id)


@pytest.mark.parametrize("who", ["sam", "vic"])
def test_only_who_may_make_stores_makes_one(who: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotAllowed):
        create_store({"name": "Harbour", "slug": "harbour"}, actor=request.getfixturevalue(who))
    assert not Store.objects.exists()


WRONG = [
    ({"name": ""}, "required"),
    ({"name": "A\u202eB"}, "unseen"),
    ({"name": "x" * 101}, "too_long"),
    ({"slug": ""}, "bad_slug"),
    ({"slug": "-a"}, "bad_slug"),
    ({"slug": "a/b"}, "bad_slug"),
    ({"slug": "new"}, "bad_slug"),
    ({"slug": "é"}, "bad_slug"),
    ({"slug": "a" * 41}, "bad_slug"),
    ({"kind": "private"}, "bad_kind"),
    ({"kind": "dedicated"}, "customer_missing"),
    ({"customer_id": "1"}, "customer_given"),
    ({"kind": "dedicated", "customer_id": 4711}, "customer_missing"),
    ({"brand_colour": "blue"}, "bad_colour"),
    ({"brand_colour": "#fff"}, "bad_colour"),
    ({"accent_colour": "#12345g"}, "bad_colour"),
    ({"accent_colour": "#123456;}"}, "bad_colour"),
    ({"reply_to": "a@b"}, "bad_email"),
    ({"notify_address": "a@b.example\r\nBcc: c@d.example"}, "bad_email"),
    ({"email": '"x"@b.example'}, "bad_email"),
    ({"time_zone": "Mars/Olympus"}, "bad_time_zone"),
    ({"currency": "EURO"}, "bad_currency"),
    ({"language": "../en"}, "bad_language"),
    ({"invitation_days": 0}, "bad_invitation_days"),
    ({"invitation_days": 91}, "bad_invitation_days"),
    ({"invitation_days": "soon"}, "bad_invitation_days"),
]


@pytest.mark.parametrize(("values", "code"), WRONG)
def test_a_wrong_value_is_refused_by_name_when_making_and_when_changing(
    values: dict[str, object], code: str, ada: Actor, harbour: Store
) -> None:
    with pytest.raises(Invalid) as refusal:
        create_store({"name": "Meadow", "slug": "meadow"} | values, actor=ada)
    assert refusal.value.code == code
    assert refusal.value.field in {*values, "customer_id"}
    with pytest.raises(Invalid) as refusal:
        update_store(harbour, values, version=harbour.version, actor=ada)
    assert refusal.value.code == code
    assert Store.objects.get() == harbour


def test_changing_keeps_what_was_and_what_is_and_not_what_speaks_of_people_in_the_open(
    harbour: Store, ada: Actor
) -> None:
    changed = update_store(
        harbour, {"headline": "Ahoy", "phone": "+1 555 0100", "name": "Harbour"}, version=1, actor=ada
    )

    assert (changed.headline, changed.version) == ("Ahoy", 2)
    row = AuditRow.objects.select_related("detail").get(event=Event.UPDATED)
    assert row.data == {"changed": ["headline", "phone"], "headline": {"old": "", "new": "Ahoy"}}
    assert row.detail.values == {"phone": {"old": "+44 20 7946 0000", "new": "+1 555 0100"}}


def test_saving_what_is_so_already_writes_nothing(harbour: Store, ada: Actor) -> None:
    assert update_store(harbour, {"name": "Harbour"}, version=1, actor=ada).version == 1
    assert not AuditRow.objects.exists()


def test_who_saves_after_somebody_else_is_told(harbour: Store, ada: Actor) -> None:
    update_store(harbour, {"headline": "One"}, version=1, actor=ada)

    with pytest.raises(StoreChanged):
        update_store(harbour, {"headline": "Two"}, version=1, actor=ada)
    assert Store.objects.get().headline == "One"


def test_a_former_address_keeps_leading_to_the_store_and_nobody_else_can_take_it(
    harbour: Store, meadow: Store, ada: Actor
) -> None:
    update_store(harbour, {"slug": "quay"}, version=1, actor=ada)

    for slug in ("harbour", "quay"):
        assert store_by_slug(slug) == harbour
    with pytest.raises(SlugTaken):
        update_store(meadow, {"slug": "harbour"}, version=1, actor=ada)
    with pytest.raises(SlugTaken):
        create_store({"name": "X", "slug": "quay"}, actor=ada)
    back = update_store(harbour, {"slug": "harbour"}, version=2, actor=ada)
    assert list(back.aliases.values_list("slug", flat=True)) == ["quay"]
    assert store_by_slug("nowhere") is None


@pytest.mark.parametrize("state", [State.PENDING, State.CURRENT, State.REQUESTED])
def test_a_store_becomes_dedicated_only_when_nobody_of_another_customer_could_use_it(
    state: State, harbour: Store, acme: Customer, borealis: Customer, ada: Actor
) -> None:
    make.access(make.contact(acme), harbour)
    make.access(make.contact(borealis), harbour, state=state)
    values = {"kind": "dedicated", "customer_id": acme.pk}

    with pytest.raises(OthersHaveAccess) as refusal:
        update_store(harbour, values, version=1, actor=ada)
    assert refusal.value.data == {"number": 1}
    assert Store.objects.get().kind == Store.Kind.SHARED


def test_people_who_are_out_do_not_stand_against_dedicating_it(
    harbour: Store, acme: Customer, borealis: Customer, ada: Actor
) -> None:
    make.access(make.contact(acme), harbour)
    for state in (State.DEACTIVATED, State.CANCELLED, State.DECLINED):
        make.access(make.contact(borealis), harbour, state=state)

    changed = update_store(harbour, {"kind": "dedicated", "customer_id": acme.pk}, version=1, actor=ada)

    assert changed.customer == acme
    with pytest.raises(OthersHaveAccess):
        update_store(harbour, {"customer_id": borealis.pk}, version=2, actor=ada)
    assert update_store(
        harbour, {"kind": "shared", "customer_id": None}, version=2, actor=ada
    ).customer_id is None  # fmt: skip


def test_switching_off_changes_no_access_and_twice_is_once(bea: Access, harbour: Store, ada: Actor) -> None:
    for _ in range(2):
        set_active(harbour, active=False, actor=ada)

    assert not Store.objects.get().is_active
    assert Access.objects.get().state == State.CURRENT
    assert AuditRow.objects.filter(event=Event.SWITCHED_OFF).count() == 1
    set_active(harbour, active=True, actor=ada)
    assert AuditRow.objects.filter(event=Event.SWITCHED_ON).count() == 1


def test_staff_of_some_stores_see_and_change_those_only(harbour: Store, meadow: Store) -> None:
    limited = make.actor(make.staff(stores=(harbour,)))
    owner_of_one = make.actor(make.staff(role=StaffRole.OWNER, stores=(harbour,)))

    assert list(stores(limited)) == [harbour]
    assert store_for("harbour", actor=limited) == harbour
    with pytest.raises(StoreNotFound):
        store_for("meadow", actor=limited)
    with pytest.raises(NotAllowed):
        update_store(meadow, {"headline": "Mine"}, version=1, actor=owner_of_one)
    with pytest.raises(NotAllowed):
        stores(Actor.nobody())


def test_the_scope_of_staff_is_set_by_an_owner_for_somebody_else(
    harbour: Store, meadow: Store, ada: Actor, ada_login: Login, sam: Actor, sam_login: Login
) -> None:
    staff.set_staff_stores(sam_login.pk, [harbour.pk], actor=ada)
    staff.set_staff_stores(sam_login.pk, [harbour.pk], actor=ada)
    assert store_ids_of(sam_login.pk) == {harbour.pk}
    staff.set_staff_stores(sam_login.pk, [meadow.pk], actor=ada)
    assert store_ids_of(sam_login.pk) == {meadow.pk}
    assert AuditRow.objects.filter(event=Event.STAFF_STORES_SET).count() == 2

    for login_id, store_ids, actor, refusal in (
        (sam_login.pk, [harbour.pk], sam, NotAllowed),
        (ada_login.pk, [harbour.pk], ada, NotAllowed),
        (4711, [harbour.pk], ada, NotFound),
        (sam_login.pk, [4711], ada, NotFound),
    ):
        with pytest.raises(refusal):
            staff.set_staff_stores(login_id, store_ids, actor=actor)
    assert store_ids_of(sam_login.pk) == {meadow.pk}


def test_nobody_gives_a_scope_beyond_their_own(harbour: Store, meadow: Store, sam_login: Login) -> None:
    limited = make.actor(make.staff(role=StaffRole.OWNER, stores=(harbour,)))

    with pytest.raises(Refusal):
        staff.set_staff_stores(sam_login.pk, [meadow.pk], actor=limited)


def test_addresses_come_from_the_settings(harbour: Store, settings: object) -> None:
    settings.TRADEDOOR_BASE_URL = "https://shop.seller.example"  # type: ignore[attr-defined]  # the fixture

    assert public_url(harbour) == "https://shop.seller.example/s/harbour/"
    assert public_url(harbour, "/login/") == "https://shop.seller.example/s/harbour/login/"
    assert staff_url("access/") == "https://shop.seller.example/access/"


def test_every_event_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Event)
