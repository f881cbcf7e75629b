"""Nils, of another customer, tries every address of a store with what is Bea's (security.md A17)."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests import make
from tests.security.conftest import signed_in
from tradedoor.access.actions.buyers import change_role, copy_link, end_sessions_of
from tradedoor.access.actions.entering import ChooseAccess, sign_in_to_store
from tradedoor.access.actions.invitations import cancel_invitation, invite_contact, resend_invitation
from tradedoor.access.actions.switching import deactivate, reenable, undo_deactivation
from tradedoor.access.models import Access
from tradedoor.access.models import Role as BuyerRole
from tradedoor.access.queries import access_for
from tradedoor.access.sets import just
from tradedoor.accounts.models import Login, Session
from tradedoor.accounts.roles import Role
from tradedoor.catalog.actions.products import (
    NewProduct,
    NewVariant,
    archive_product,
    create_product,
    set_published,
)
from tradedoor.catalog.models import Product
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Refusal
from tradedoor.crm.models import Customer
from tradedoor.storefront.urls import urlpatterns
from tradedoor.stores.models import Store

PUBLIC = {
    "sign-in", "join", "forgot", "reset", "first-password", "report", "register", "register-waiting",
    "register-confirm", "theme", "mark", "art", "logo", "banner", "nothing",
}  # fmt: skip
NOBODY = Actor.nobody(ip="198.51.100.10")


@pytest.fixture
def pot(db: None) -> Product:
    cat = make.actor(make.staff(role=Role.CATALOGUE_ORDERS))
    variants = [NewVariant(sku="POT-1", prices={"EUR": Decimal(5)})]
    return create_product(NewProduct(name="Clay pot", variants=variants), actor=cat)


def addresses(
    store: Store, product: Product, session: Session | None = None, access: Access | None = None
) -> dict[str, str]:
    """Every address of a store that takes no token, filled with things that are there."""
    person = [access.public_id if access else uuid4()]
    ids: dict[str, list[object]] = {"product": [product.public_id], "image": [product.public_id, 1], "theme": ["x"],
           "go": [uuid4()], "end-session": [session.public_id if session else uuid4()]}  # fmt: skip
    tokens = ("<str:token>", "<str:code>")
    names = [
        one.name for one in urlpatterns if one.name and not any(part in str(one.pattern) for part in tokens)
    ]
    return {
        name: reverse(
            f"storefront:{name}",
            args=[store.slug, *(person if name.startswith("person-") else ids.get(name, []))],
        )
        for name in names
        if name != "nothing"
    }


def test_without_a_session_here_there_is_no_page_behind_the_door_acc_01(
    bea: Access, meadow: Store, pot: Product, sam_login: Login
) -> None:
    staff = Client()
    staff.post("/login/", {"email": sam_login.email, "password": make.PASSWORD})
    for client in (Client(), staff, signed_in(bea)):
        for name, path in addresses(meadow, pot).items():
            if name in PUBLIC:
                continue
            answer = client.get(path)
            assert answer.status_code in {302, 405}, name
            assert "Clay pot" not in answer.content.decode()


def test_no_page_shows_one_customer_anything_of_another_acc_01(
    bea: Access, nils: Access, pot: Product
) -> None:
    signed_in(bea)
    theirs = Session.objects.get(login=bea.login)
    # An admin of their own customer, so that the pages of Company, People are there as well.
    Access.objects.filter(pk=nils.pk).update(role=BuyerRole.COMPANY_ADMIN)
    browser = signed_in(nils)
    assert browser.get("/s/harbour/company/people/").status_code == 200
    for path in addresses(bea.store, pot, theirs, bea).values():
        for answer in (
            browser.get(path),
            browser.get(path, {"access": str(bea.public_id), "customer": "ACME", "login": "1"}),
        ):
            page = answer.content.decode()
            assert not any(word in page for word in ("Acme", "acme", "Bea ", "bea@")), path


def test_nobody_ends_the_session_of_somebody_else_acc_01(bea: Access, nils: Access) -> None:
    signed_in(bea)
    theirs = Session.objects.get(login=bea.login)
    browser = signed_in(nils)
    foreign = browser.post(f"/s/harbour/account/sessions/{theirs.public_id}/end/")
    missing = browser.post(f"/s/harbour/account/sessions/{uuid4()}/end/")
    assert (
        (foreign.status_code, foreign.content)
        == (missing.status_code, missing.content)
        == (404, missing.content)
    )
    assert Session.objects.filter(pk=theirs.pk).exists()


def test_a_choice_holds_only_ones_own_customers_and_this_store_tok_14(
    bea: Access, nils: Access, borealis: Customer, meadow: Store
) -> None:
    login = make.login_of(bea)
    second = make.contact(borealis, "bea.b@borealis.example")
    make.access(second, bea.store, login=login)
    offered = sign_in_to_store(bea.store, login.email, make.PASSWORD, actor=NOBODY)
    assert isinstance(offered, ChooseAccess)
    client = Client()

    for proof, chosen in ((offered.proof, nils.public_id), (offered.proof[:-2] + "xx", bea.public_id), ("", bea.public_id),
                          (offered.proof, uuid4()), (offered.proof, "x"), ("\x00", bea.public_id)):  # fmt: skip
        answer = client.post("/s/harbour/login/choose/", {"proof": proof, "access": str(chosen)})
        assert answer.status_code == 422
    other = client.post("/s/meadow/login/choose/", {"proof": offered.proof, "access": str(bea.public_id)})
    assert other.status_code == 422
    Login.objects.filter(pk=login.pk).update(epoch=login.epoch + 1)
    late = client.post("/s/harbour/login/choose/", {"proof": offered.proof, "access": str(bea.public_id)})
    assert late.status_code == 422
    assert not Session.objects.exists()


@pytest.mark.parametrize("how", ["hidden", "archived"])
def test_what_is_not_on_sale_is_not_there_acc_01(bea: Access, pot: Product, how: str) -> None:
    cat = make.actor(make.staff(role=Role.CATALOGUE_ORDERS))
    if how == "hidden":
        set_published(pot, published=False, actor=cat)
    else:
        archive_product(pot, actor=cat)
    browser = signed_in(bea)
    gone = browser.get(f"/s/harbour/catalogue/{pot.public_id}/")
    missing = browser.get(f"/s/harbour/catalogue/{uuid4()}/")
    assert (gone.status_code, gone.content.replace(pot.public_id.bytes, b"")) == (404, missing.content)
    assert browser.get(f"/s/harbour/catalogue/{pot.public_id}/image/1/").status_code == 404
    for query in ("", "?q=clay", "?q=POT-1"):
        assert "Clay pot" not in browser.get(f"/s/harbour/catalogue/{query}").content.decode()


def test_the_store_is_read_from_the_address_alone_acc_02(bea: Access, meadow: Store) -> None:
    browser = signed_in(bea)
    for more in ({"store": "harbour"}, {"next": "/s/harbour/"}, {"store_id": bea.store_id}):
        assert browser.get("/s/meadow/account/", more).status_code == 302
        assert (
            browser.get(
                "/s/meadow/account/", headers={"X-Store": "harbour", "Referer": "/s/harbour/"}
            ).status_code
            == 302
        )


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CRM_EDITOR, Role.CATALOGUE_ORDERS])
def test_a_role_without_the_right_is_refused_in_the_action_itself_acc_05(bea: Access, role: Role) -> None:

    actor = make.actor(make.staff(role=role))
    acts = (
        lambda: change_role(bea, BuyerRole.APPROVER, actor=actor),
        lambda: copy_link(bea, actor=actor),
        lambda: end_sessions_of(bea, actor=actor),
        lambda: cancel_invitation(bea, actor=actor),
        lambda: resend_invitation(bea, actor=actor),
        lambda: invite_contact(bea.store, bea.contact, actor=actor),
        lambda: deactivate(just(bea), actor=actor),
        lambda: reenable(just(bea), actor=actor),
        lambda: undo_deactivation(just(bea), actor=actor),
    )
    for act in acts:
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "not_allowed"


def test_a_sellers_reach_ends_at_the_store_acc_01(bea: Access, meadow: Store) -> None:

    actor = make.actor(make.staff(stores=(meadow,)))
    with pytest.raises(Refusal):
        deactivate(just(bea), actor=actor)
    with pytest.raises(Refusal) as foreign:
        access_for(bea.public_id, actor=actor)
    with pytest.raises(Refusal) as missing:
        access_for(uuid4(), actor=actor)
    assert (foreign.value.code, str(foreign.value)) == (missing.value.code, str(missing.value))
