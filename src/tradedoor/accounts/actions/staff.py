"""Staff logins: made, given a role, switched off and on, and let in by whoever has the machine."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from tradedoor.accounts.actions.links import (
    LinkRequest,
    LinkView,
    find_link,
    issue_links,
    link_by_id,
    spend_link,
)
from tradedoor.accounts.actions.logins import end_everything
from tradedoor.accounts.emails import staff_invited, staff_let_in
from tradedoor.accounts.errors import (
    EmailTaken,
    LastOwner,
    LinkUnknown,
    LoginNotFound,
    LoginOff,
    Oneself,
)
from tradedoor.accounts.events import Event
from tradedoor.accounts.models import Login, OneTimeLink, Purpose, Realm, RevokedWhy
from tradedoor.accounts.passwords import unusable
from tradedoor.accounts.roles import Role, permissions_of
from tradedoor.accounts.tokens import token_of
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical, display_form
from tradedoor.core.errors import NotAllowed
from tradedoor.core.permissions import Permission, require

SIGN_IN_LINK_LIFE = timedelta(minutes=30)
MAILED_LINK_LIFE = timedelta(hours=1)
INVITATION_LIFE = timedelta(days=7)
# Both lead to the same page and sign in once; an invitation only lives longer.
STAFF_PURPOSES = (Purpose.STAFF_SIGN_IN, Purpose.STAFF_INVITATION)


@transaction.atomic
def create_staff(email: str, *, name: str, role: Role, all_stores: bool, actor: Actor) -> Login:
    """Make a staff login without a password; a link lets the person in to choose one.

    Raises `NotAllowed` where the role or the stores are more than the actor holds (STF-02),
    `EmailTaken`, and `Invalid` for the address.
    """
    require(actor, Permission.STAFF_EDIT)
    _require_no_more_than_held(role, all_stores=all_stores, actor=actor)
    address = canonical(email)
    if Login.objects.staff().filter(email_canonical=address).exists():
        raise EmailTaken
    login = Login.objects.create(
        realm=Realm.STAFF,
        email=display_form(email),
        email_canonical=address,
        name=name.strip(),
        role=role,
        all_stores=all_stores,
        password=unusable(),
    )
    record(
        Event.STAFF_CREATED,
        actor=actor,
        login_id=login.pk,
        data={"role": role, "all_stores": all_stores},
        personal={"email": login.email, "name": login.name},
    )
    return login


@transaction.atomic
def change_staff(login_id: int, *, role: Role, all_stores: bool, actor: Actor) -> Login:
    """Give a staff login another role or reach, which ends its sessions (SES-04); nothing if it has it.

    Raises `NotAllowed`, `Oneself`, `LastOwner` and `LoginNotFound`.
    """
    require(actor, Permission.STAFF_EDIT)
    _require_no_more_than_held(role, all_stores=all_stores, actor=actor)
    login = _locked_staff(login_id, actor=actor)
    _require_reach_over(login, actor=actor)
    old = {"role": login.role, "all_stores": login.all_stores}
    if old == {"role": role.value, "all_stores": all_stores}:
        return login
    if role is not Role.OWNER:
        _require_another_owner(login)
    login.role, login.all_stores = role, all_stores
    login.save(update_fields=["role", "all_stores"])
    end_everything([login.pk], why=RevokedWhy.SUPERSEDED)
    record(
        Event.STAFF_CHANGED,
        actor=actor,
        login_id=login.pk,
        data={"old": old, "new": {"role": role, "all_stores": all_stores}},
    )
    return login


@transaction.atomic
def deactivate_staff(login_id: int, *, actor: Actor) -> Login:
    """Switch a staff login off and end all it has open; nothing if it is off already.

    Raises `NotAllowed`, `Oneself`, `LastOwner` and `LoginNotFound`.
    """
    require(actor, Permission.STAFF_EDIT)
    login = _locked_staff(login_id, actor=actor)
    if not login.is_active:
        return login
    _require_reach_over(login, actor=actor)
    _require_another_owner(login)
    login.is_active = False
    login.save(update_fields=["is_active"])
    ended = end_everything([login.pk], why=RevokedWhy.DEACTIVATED)
    record(Event.STAFF_DEACTIVATED, actor=actor, login_id=login.pk, data={"sessions": ended.sessions})
    return login


@transaction.atomic
def reenable_staff(login_id: int, *, actor: Actor) -> Login:
    """Switch a staff login on again; it revives no session and no link (DEA-02)."""
    require(actor, Permission.STAFF_EDIT)
    login = _locked_staff(login_id, actor=actor)
    if login.is_active:
        return login
    _require_reach_over(login, actor=actor)
    login.is_active = True
    login.save(update_fields=["is_active"])
    record(Event.STAFF_REENABLED, actor=actor, login_id=login.pk)
    return login


@transaction.atomic
def create_first_owner(email: str, *, name: str, actor: Actor) -> Login:
    """Make the owner of an installation that has none; there is no default login (PW-13).

    Raises `NotAllowed` once there is an owner who can sign in.
    """
    if Login.objects.able_owners().select_for_update().exists():
        raise NotAllowed(code="owner_exists")
    return create_staff(email, name=name, role=Role.OWNER, all_stores=True, actor=actor)


@transaction.atomic
def staff_sign_in_link(email: str, *, actor: Actor) -> str:
    """The token of a link by which this staff login signs in once within half an hour.

    For whoever has the machine (STAFF_EDIT). The older one dies. Raises `LoginNotFound` and `LoginOff`.
    """
    require(actor, Permission.STAFF_EDIT)
    login = Login.objects.staff().filter(email_canonical=canonical(email)).first()
    if login is None:
        raise LoginNotFound
    link = _issued(login, purpose=Purpose.STAFF_SIGN_IN, life=SIGN_IN_LINK_LIFE, actor=actor)
    return token_of(link)


@transaction.atomic
def invite_staff(email: str, *, name: str, role: Role, all_stores: bool, actor: Actor) -> Login:
    """Make a staff login and mail the person a link by which they sign in and choose a password.

    Raises as `create_staff`.
    """
    login = create_staff(email, name=name, role=role, all_stores=all_stores, actor=actor)
    link = _issued(login, purpose=Purpose.STAFF_INVITATION, life=INVITATION_LIFE, actor=actor)
    staff_invited(login, link, by=actor)
    return login


@transaction.atomic
def send_staff_link(login_id: int, *, actor: Actor) -> Login:
    """Mail a staff member a new link: an invitation while they have no password, else one to sign in by.

    The older one dies. Raises `NotAllowed`, `LoginNotFound` and `LoginOff`.
    """
    require(actor, Permission.STAFF_EDIT)
    login = Login.objects.staff().filter(pk=login_id).first()
    if login is None:
        raise LoginNotFound
    _require_reach_over(login, actor=actor)
    if login.has_own_password:
        link = _issued(login, purpose=Purpose.STAFF_SIGN_IN, life=MAILED_LINK_LIFE, actor=actor)
        staff_let_in(login, link, by=actor)
    else:
        link = _issued(login, purpose=Purpose.STAFF_INVITATION, life=INVITATION_LIFE, actor=actor)
        staff_invited(login, link, by=actor)
    return login


def find_staff_link(token: str) -> LinkView:
    """The staff link of a token, of either purpose; opening it changes nothing. Raises `LinkUnknown`."""
    try:
        return find_link(token, purpose=Purpose.STAFF_SIGN_IN)
    except LinkUnknown:
        return find_link(token, purpose=Purpose.STAFF_INVITATION)


@transaction.atomic
def spend_staff_link(link_id: int, *, purpose: Purpose, actor: Actor) -> Login:
    """Use a staff link up and return its login, for `open_session`; by POST only (TOK-06).

    Raises `LinkUnknown`, `LinkUsed` and `LoginOff`.
    """
    if purpose not in STAFF_PURPOSES:
        raise LinkUnknown
    return _spent(link_by_id(link_id, purpose=purpose).link, actor=actor)


@transaction.atomic
def spend_staff_sign_in_link(token: str, *, actor: Actor) -> Login:
    """As `spend_staff_link`, by the token itself."""
    return _spent(find_staff_link(token).link, actor=actor)


def _issued(login: Login, *, purpose: Purpose, life: timedelta, actor: Actor) -> OneTimeLink:
    if not login.can_sign_in:
        raise LoginOff
    request = LinkRequest(
        purpose=purpose,
        address=login.email_canonical,
        expires_at=timezone.now() + life,
        login_id=login.pk,
    )
    [link] = issue_links([request], actor=actor)
    record(Event.LINK_ISSUED, actor=actor, login_id=login.pk, data={"purpose": link.purpose})
    return link


def _spent(link: OneTimeLink, *, actor: Actor) -> Login:
    spend_link(link.pk)
    login = link.login
    if login is None:
        raise LinkUnknown
    if not login.can_sign_in:
        raise LoginOff
    record(Event.LINK_USED, actor=actor, login_id=login.pk, data={"purpose": link.purpose})
    return login


def _require_no_more_than_held(role: Role, *, all_stores: bool, actor: Actor) -> None:
    if not permissions_of(role) <= actor.permissions or (all_stores and actor.stores is not None):
        raise NotAllowed(code="more_than_held")


def _require_reach_over(login: Login, *, actor: Actor) -> None:
    """Who holds more than the actor is nobody's to change: an owner of one store switches off no owner of all."""
    _require_no_more_than_held(Role(login.role), all_stores=login.all_stores, actor=actor)


def _locked_staff(login_id: int, *, actor: Actor) -> Login:
    """The staff login, locked. All owners are locked with it, in order: two of them may act at once."""
    if login_id == actor.login_id:
        raise Oneself
    owners = Login.objects.staff().filter(role=Role.OWNER)
    ids = sorted({login_id, *owners.values_list("pk", flat=True)})
    locked = Login.objects.select_for_update().filter(pk__in=ids, realm=Realm.STAFF).order_by("pk")
    login = next((login for login in locked if login.pk == login_id), None)
    if login is None:
        raise LoginNotFound
    return login


def _require_another_owner(login: Login) -> None:
    if login.role == Role.OWNER and not Login.objects.able_owners().exclude(pk=login.pk).exists():
        raise LastOwner
