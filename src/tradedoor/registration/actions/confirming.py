"""From the mailed link of a registration to a person who is in, or waits (REG-03, REG-04).

Showing the page changes nothing, because mail scanners open every link (TOK-06). The password is chosen behind the
link and nowhere before it, so that nobody can plant one for somebody else's address.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradedoor.access.actions.joining import Needs
from tradedoor.access.errors import MustSignIn
from tradedoor.accounts.actions.links import LinkView, find_link, link_by_id, note_opened
from tradedoor.accounts.actions.logins import choose_password
from tradedoor.accounts.actions.sign_in import check_credentials
from tradedoor.accounts.errors import LinkUnknown, LinkUsed
from tradedoor.accounts.models import LinkStatus, Login, OneTimeLink, Purpose, Realm
from tradedoor.accounts.passwords import hash_password, require_good_password
from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import masked
from tradedoor.crm.models import Contact
from tradedoor.registration.actions.applying import Application, checked, keep
from tradedoor.registration.actions.bringing import Came, Proof, bring_in
from tradedoor.registration.events import Event
from tradedoor.registration.models import Decision, EstoreLink, Mode, Registration, Rules
from tradedoor.registration.policy import Way, judge, shut
from tradedoor.registration.queries import known_of, rules_of
from tradedoor.stores.models import Store


class Over(StrEnum):
    """Why the link of a registration leads no further."""

    USED = "used"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    SHUT = "shut"


SENTENCES: dict[Over, str | Promise] = {
    Over.USED: _("You have confirmed this registration already."),
    Over.EXPIRED: _("This link worked for 48 hours, and they are over. Register once more."),
    Over.SUPERSEDED: _("You have registered since, by another mail. You can sign in."),
    Over.CANCELLED: _("This link does not work any more."),
    Over.SHUT: _("The link you came by does not register people any more. Ask for the present one."),
}
OF_STATUS = {
    LinkStatus.USED: Over.USED,
    LinkStatus.EXPIRED: Over.EXPIRED,
    LinkStatus.SUPERSEDED: Over.SUPERSEDED,
    LinkStatus.CANCELLED: Over.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class RegistrationView:
    """What the holder of a genuine link may see: what they typed themselves, and the address only masked."""

    link: OneTimeLink
    registration: Registration
    over: Over | None
    needs: Needs
    waits: bool
    masked_address: str

    @property
    def is_live(self) -> bool:
        return self.over is None

    @property
    def is_again(self) -> bool:
        """Whether this is the link of a declined request, to be edited and sent once more."""
        return self.registration.decision == Decision.DECLINED

    @property
    def sentence(self) -> str:
        return str(SENTENCES[self.over]) if self.over else ""


def look_at_registration(token: str, *, store: Store, actor: Actor) -> RegistrationView:
    """What became of the registration of this token; changes nothing but when it was first opened.

    Raises `LinkUnknown` for whatever is made up, altered, of another store or of another purpose.
    """
    view = _view(find_link(token, purpose=Purpose.REGISTRATION, store_id=store.pk), store=store)
    if view.link.opened_at is None:
        note_opened(view.link.pk)
        record(
            Event.OPENED,
            actor=actor,
            store_id=store.pk,
            customer_id=view.registration.customer_id,
            data={"registration": view.registration.pk},
            result=view.over or "ok",
        )
    return view


def registration_behind(link_id: int, *, store: Store) -> RegistrationView:
    """The same for a link whose token was exchanged before (TOK-10). Raises `LinkUnknown`."""
    return _view(link_by_id(link_id, purpose=Purpose.REGISTRATION, store_id=store.pk), store=store)


def confirm_with_new_password(
    link_id: int, password: str, *, store: Store, actor: Actor, keep_signed_in: bool = False
) -> Came:
    """Set the login's first own password and bring the person in.

    Raises `LinkUnknown`, `LinkUsed`, `MustSignIn` where the login has an own password by now, `BadPassword`, and
    as `bring_in`. Whatever it raises, the link lives on.
    """
    view = _require_live(link_id, store=store)
    if view.needs is Needs.SIGN_IN:
        raise MustSignIn
    registration = view.registration
    # Judged and hashed before the transaction, which holds locks that others wait for.
    chosen = choose_password(
        password, login=Login(email=registration.email), about=_about(registration, store)
    )
    proof = Proof(link_id=link_id, chosen=chosen, keep=keep_signed_in)
    return bring_in(registration.pk, proof, actor=actor)


def confirm_by_signing_in(
    link_id: int, password: str, *, store: Store, actor: Actor, keep_signed_in: bool = False
) -> Came:
    """Check the password of the login that has this address already, and bring the person in.

    The address is the proven one; none is taken from the form. Raises as `check_credentials` and `bring_in`.
    """
    view = _require_live(link_id, store=store)
    address = view.registration.email_canonical
    login = check_credentials(address, password, realm=Realm.BUYER, actor=actor, store_id=store.pk)
    return bring_in(
        view.registration.pk, Proof(link_id=link_id, login_id=login.pk, keep=keep_signed_in), actor=actor
    )


def register_at_once(
    store: Store, link: EstoreLink, given: Application, password: str, *, actor: Actor
) -> Came | Registration:
    """Where the store does not confirm first: bring the person in by the form alone.

    Never for an address that has a login or a contact anywhere, nor where the address alone would open the door:
    those get the mail and prove the mailbox, and the registration is given back (REG-03). Raises as `register` and
    `bring_in`, and `BadPassword`.
    """
    registration = checked(store, link, given)
    require_good_password(password, about=(registration.email, *_about(registration, store)))
    proven_first = _must_be_proven(registration, store=store)
    # Counted before anything is hashed: the form is open to everybody.
    keep(registration, actor=actor, mailed=proven_first)
    if proven_first:
        # The same work as for an address that nobody has.
        hash_password(password)
        return registration
    chosen = choose_password(
        password, login=Login(email=registration.email), about=_about(registration, store)
    )
    return bring_in(registration.pk, Proof(chosen=chosen), actor=actor)


def _must_be_proven(registration: Registration, *, store: Store) -> bool:
    rules, link = rules_of(store), registration.estore_link
    if rules.confirm_first or link is None:
        return True
    known = known_of(registration.domain, store=store, link=link)
    if judge(registration.domain, rules=rules, link=link, known=known).needs_proof:
        return True
    address = registration.email_canonical
    has_login = Login.objects.buyers().filter(email_canonical=address).exists()
    return has_login or Contact.objects.filter(email_canonical=address).exists()


def _require_live(link_id: int, *, store: Store) -> RegistrationView:
    view = registration_behind(link_id, store=store)
    if view.over is not None or view.is_again:
        raise LinkUsed(data={"status": view.over or Over.CANCELLED})
    return view


def _view(found: LinkView, *, store: Store) -> RegistrationView:
    rows = Registration.objects.filter(link_id=found.link.pk, store=store)
    registration = rows.select_related(
        "store", "customer", "department", "estore_link__store", "estore_link__customer", "access"
    ).first()
    if registration is None:
        raise LinkUnknown
    login = Login.objects.buyers().filter(email_canonical=registration.email_canonical).first()
    over, rules = OF_STATUS.get(found.status), rules_of(store)
    return RegistrationView(
        link=found.link,
        registration=registration,
        over=over or (None if _is_open(registration, rules=rules) else Over.SHUT),
        needs=Needs.SIGN_IN if login is not None and login.has_own_password else Needs.SET_PASSWORD,
        waits=_waits(registration, rules=rules, store=store),
        masked_address=masked(registration.email),
    )


def _is_open(registration: Registration, *, rules: Rules) -> bool:
    """Whether registering is still on by the way this person came; asked again at the POST."""
    if registration.decision == Decision.DECLINED:
        return True
    if rules.mode == Mode.OFF:
        return False
    link = registration.estore_link
    return shut(link) is None if link is not None else rules.mode == Mode.OPEN


def _waits(registration: Registration, *, rules: Rules, store: Store) -> bool:
    """Whether somebody approves after this. An invitation that is open already brings them in at once."""
    link = registration.estore_link
    known = known_of(registration.domain, store=store, link=link)
    return judge(registration.domain, rules=rules, link=link, known=known).way is not Way.JOINS


def _about(registration: Registration, store: Store) -> tuple[str, ...]:
    """The names a guesser would begin with."""
    company = registration.customer.name if registration.customer else registration.company
    return (registration.first_name, registration.last_name, company, store.name, store.slug)
