"""Who may register and how they come in, asked when a page is shown and again whenever a form comes back."""

from dataclasses import dataclass
from enum import StrEnum

from tradedoor.crm.models import Customer
from tradedoor.registration.domains import is_covered
from tradedoor.registration.models import Approval, EstoreLink, Mode, Registration, Rules
from tradedoor.stores.models import Store
from tradedoor.stores.queries import today_in


class Shut(StrEnum):
    """Why an eStore link leads to sign-in only."""

    REPLACED = "replaced"
    OFF = "off"
    OVER = "over"
    USED_UP = "used_up"
    CUSTOMER_GONE = "customer_gone"
    DEDICATED_ELSEWHERE = "dedicated_elsewhere"


def shut(link: EstoreLink) -> Shut | None:
    """Why the link registers nobody, None where it does. Its store and customer are loaded.

    What the store's own settings say of registration is asked beside this.
    """
    customer = link.customer
    gone = customer.archived_at is not None or customer.status == Customer.Status.INACTIVE
    # Whoever is to be a contact of it is one of the customer that it becomes part of.
    gone = gone or customer.merging_into_id is not None
    against = {
        Shut.REPLACED: not link.is_living,
        Shut.OFF: not link.registers,
        Shut.OVER: link.is_over(today_in(link.store)),
        Shut.USED_UP: link.is_used_up,
        Shut.CUSTOMER_GONE: gone,
        Shut.DEDICATED_ELSEWHERE: not is_open_to(link.store, customer),
    }
    return next((why for why, holds in against.items() if holds), None)


def is_open_to(store: Store, customer: Customer) -> bool:
    """Whether contacts of the customer may have access to the store at all."""
    return store.kind == Store.Kind.SHARED or store.customer_id == customer.pk


class Way(StrEnum):
    """What follows when somebody with an address of this domain registers."""

    JOINS = "joins"
    WAITS = "waits"
    REFUSED = "refused"


class Because(StrEnum):
    """The rule that decided it."""

    BLOCKED = "blocked"
    NOT_ALLOWED = "not_allowed"
    NOT_OF_LINK = "not_of_link"
    VERIFIED = "verified"
    LOOKS_LIKE = "looks_like"
    WITHOUT_LINK = "without_link"
    APPROVAL = "approval"
    RULES = "rules"


@dataclass(frozen=True, slots=True)
class Verdict:
    way: Way
    because: Because
    customer_id: int | None = None
    """Whose contact the person becomes, where the domain says so."""

    @property
    def needs_proof(self) -> bool:
        """Whether the mailbox has to be proven whatever the store says: here the address alone opens the door."""
        return self.because in {Because.VERIFIED, Because.WITHOUT_LINK}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a mail domain: whose it was verified to be at this store, and which it could be taken for."""

    verified_for: int | None = None
    looks_like: str = ""


def judge(domain: str, *, rules: Rules, link: EstoreLink | None, known: Known) -> Verdict:
    """What follows when somebody of this mail domain registers by the link, or by the general page without one.

    The first rule that speaks decides: blocked, verified, allowed, that of the link; then who approves.
    """
    own = known.verified_for
    speaking = (
        (is_covered(domain, rules.blocked_domains), Verdict(Way.REFUSED, Because.BLOCKED)),
        (
            own is not None and (link is None or link.customer_id == own),
            Verdict(Way.JOINS, Because.VERIFIED, own),
        ),
        (
            bool(rules.allowed_domains) and not is_covered(domain, rules.allowed_domains),
            Verdict(Way.REFUSED, Because.NOT_ALLOWED),
        ),
        (link is None, Verdict(Way.WAITS, Because.WITHOUT_LINK)),
        (
            link is not None and bool(link.domains) and not is_covered(domain, link.domains),
            Verdict(Way.REFUSED, Because.NOT_OF_LINK),
        ),
        (bool(known.looks_like), Verdict(Way.WAITS, Because.LOOKS_LIKE)),
        (rules.approval != Approval.NONE, Verdict(Way.WAITS, Because.APPROVAL)),
    )
    return next((verdict for speaks, verdict in speaking if speaks), Verdict(Way.JOINS, Because.RULES))


def may_register(rules: Rules, link: EstoreLink | None) -> bool:
    """Whether the form is there at all for a visitor who came by this link, or by none."""
    if rules.mode == Mode.OFF:
        return False
    if link is not None and shut(link) is None:
        return True
    return rules.mode == Mode.OPEN


def is_for_admins(registration: Registration, *, rules: Rules) -> bool:
    """Whether an admin of the customer answers this request, as the store says today. Its contact is loaded.

    What a stranger may be behind stays with staff: who came without a link, or has an address that looks like one
    of the customer's; and so does somebody whom staff have archived.
    """
    contact = registration.contact
    is_plain = not registration.company and not registration.looks_like
    return (
        rules.approval == Approval.ADMINS and is_plain and contact is not None and contact.archived_at is None
    )
