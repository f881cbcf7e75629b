"""Why can't they sign in? What stands in the way of a person, first of all the first, each with its fix.

Asks the same facts as `policy.may_enter` and says them to staff, who may know them, in an order in which they can be
put right: the address, the login, then each store.
"""

from collections.abc import Iterator, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tradedoor.access.faults import sentence_of as sentence_of_error
from tradedoor.access.listing import MailSeen, mail_of
from tradedoor.access.models import Access, State
from tradedoor.access.policy import must_choose_password
from tradedoor.access.why_causes import Answer, Because, Cause, Fix, WhyNot
from tradedoor.access.why_facts import Facts, Subject, load
from tradedoor.accounts.actions import throttle
from tradedoor.accounts.models import Login
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Contact, Customer
from tradedoor.mail.models import MailMessage


def why_not(text: str, *, actor: Actor, store_id: int | None = None) -> WhyNot:
    """Why the person of this email, or of this name, cannot sign in, by a fixed number of queries.

    With `store_id` also that they would be right in another store. Accesses outside the actor's rights are counted,
    not shown. Raises `NotAllowed`.
    """
    require(actor, Permission.ACCESS_READ)
    require(actor, Permission.CRM_READ)
    facts = load(text, actor=actor)
    return WhyNot(
        facts.typed, facts.is_address, [_answer(subject, facts, store_id) for subject in facts.subjects]
    )


def _answer(subject: Subject, facts: Facts, store_id: int | None) -> Answer:
    chain = [
        *_of_address(subject, facts),
        *(reason for login in subject.logins for reason in _of_login(login, facts)),
        *_of_contacts(subject),
        *_of_stores(subject, store_id),
        *(reason for access in subject.accesses for reason in _of_access(access, facts)),
        *(reason for login in subject.logins for reason in _lately(login, facts)),
    ]
    opens = [row for row in subject.accesses if _is_open(row, facts)]
    if opens and all(reason.is_hint for reason in chain):
        chain.insert(0, _nothing(opens[0], subject))
    chain.sort(key=lambda reason: reason.is_hint and reason.cause is not Cause.NOTHING)
    contact = subject.contacts[0] if subject.contacts else None
    name = contact.name if contact else facts.typed
    return Answer(name, subject.address, contact, chain, opens)


def _of_address(subject: Subject, facts: Facts) -> Iterator[Because]:
    if facts.staff is not None:
        yield Because(
            Cause.STAFF_ADDRESS,
            _("%(email)s is the login of a colleague. Staff sign in on the sellers' page, not in a store.")
            % {"email": facts.staff.email},
            Fix.STAFF,
        )
    if not subject.logins and not subject.contacts:
        yield Because(
            Cause.UNKNOWN,
            _("Nobody in the CRM has the email %(email)s, and no login has it.") % {"email": facts.typed},
            Fix.ADD_CONTACT,
        )
        for near in facts.near:
            yield Because(
                Cause.NEARLY,
                _("Nearly the same: %(email)s of %(name)s, %(customer)s. Is it a slip of the hand?")
                % {"email": near.email, "name": near.name, "customer": near.customer.name},
                Fix.OPEN_CONTACT,
                contact=near,
            )
        return
    yield from _other_addresses(subject, facts)
    if not subject.logins:
        contact = subject.contacts[0]
        if not contact.email_canonical:
            sentence = _("%(name)s has no right email in the CRM, so cannot be invited.")
            yield Because(
                Cause.NO_LOGIN, sentence % {"name": contact.name}, Fix.EDIT_CONTACT, contact=contact
            )
        else:
            sentence = _("%(email)s has no login: nobody with it was ever invited.")
            yield Because(Cause.NO_LOGIN, sentence % {"email": contact.email}, Fix.INVITE, contact=contact)


def _other_addresses(subject: Subject, facts: Facts) -> Iterator[Because]:
    """The CRM's email is not the one that signs in."""
    told: set[int] = set()
    for row in subject.accesses:
        login, contact = row.login, row.contact
        if login is None or contact.pk in told or row.state in {State.CANCELLED, State.DECLINED}:
            continue
        if not contact.email_canonical or login.email_canonical == contact.email_canonical:
            continue
        told.add(contact.pk)
        change = facts.changes.get(contact.pk)
        if change is not None:
            yield Because(
                Cause.WAITS_FOR_CHANGE,
                _("The CRM says %(new)s; until that change is applied %(old)s signs in.")
                % {"new": change.new_email or _("no email"), "old": login.email},
                Fix.OPEN_CONTACT,
                at=change.due_at,
                contact=contact,
            )
        elif row.state != State.PENDING:
            yield Because(
                Cause.OTHER_ADDRESS,
                _("Signs in with %(old)s, while the CRM says %(new)s.")
                % {"old": login.email, "new": contact.email},
                Fix.OPEN_CONTACT,
                contact=contact,
            )


def _of_login(login: Login, facts: Facts) -> Iterator[Because]:
    email = {"email": login.email}
    if not login.is_active:
        yield Because(Cause.LOGIN_OFF, _("The login %(email)s is switched off.") % email, Fix.OPEN_CONTACT)
    if login.held_at is not None:
        sentence = _("The login %(email)s is on hold because an email change was reported.")
        yield Because(Cause.HELD, sentence % email, Fix.SHOW_ERROR, at=login.held_at)
    until = login.password_is_temporary_until
    if until is not None and until <= facts.now:
        sentence = _(
            "The temporary password of %(email)s ran out. “Forgot password?” gives a link to a new one."
        )
        yield Because(Cause.PASSWORD_EXPIRED, sentence % email, Fix.FORGOT, at=until)
    waits = facts.full.get(login.pk, {})
    if throttle.SIGN_IN_ADDRESS.name in waits:
        sentence = _("Too many wrong passwords for %(email)s: only a new password opens it again.")
        yield Because(Cause.PASSWORD_LOCKED, sentence % email, Fix.FORGOT)
    elif waits:
        sentence = _("Too many wrong passwords for %(email)s a moment ago: every try is refused until then.")
        yield Because(Cause.THROTTLED, sentence % email, at=max(waits.values()))


def _of_contacts(subject: Subject) -> Iterator[Because]:
    for contact in subject.contacts:
        if contact.archived_at is not None:
            yield Because(
                Cause.CONTACT_ARCHIVED,
                _("%(name)s is archived in the CRM.") % {"name": contact.name},
                Fix.OPEN_CONTACT,
                at=contact.archived_at,
                contact=contact,
            )
        yield from _of_customers(contact, subject)


def _of_customers(contact: Contact, subject: Subject) -> Iterator[Because]:
    """Of the customers by whose accesses they could come in, which may be others than the CRM has them at now."""
    rows = [row for row in subject.accesses if row.contact_id == contact.pk and row.state == State.CURRENT]
    customers = {row.customer_id: row.customer for row in rows} or {contact.customer_id: contact.customer}
    for customer in customers.values():
        if customer.archived_at is not None or customer.status == Customer.Status.INACTIVE:
            sentence = _("The customer %(customer)s is inactive; nobody of it can sign in.")
            yield Because(
                Cause.CUSTOMER_INACTIVE,
                sentence % {"customer": customer.name},
                Fix.OPEN_CUSTOMER,
                contact=contact,
            )
        elif customer.status == Customer.Status.ON_HOLD:
            sentence = _(
                "The customer %(customer)s is on hold: its people sign in and browse, and cannot order."
            )
            yield Because(
                Cause.ON_HOLD, sentence % {"customer": customer.name}, Fix.OPEN_CUSTOMER, contact=contact
            )


def _of_stores(subject: Subject, store_id: int | None) -> Iterator[Because]:
    contact = subject.contacts[0] if subject.contacts else None
    if not subject.accesses and not subject.outside and subject.logins:
        yield Because(
            Cause.NO_ACCESS, _("There is a login, and no access to any store."), Fix.INVITE, contact=contact
        )
    if subject.outside:
        yield Because(
            Cause.OUTSIDE,
            ngettext(
                "Can sign in to %(n)s store outside your rights.",
                "Can sign in to %(n)s stores outside your rights.",
                subject.outside,
            )
            % {"n": subject.outside},
        )
    here = [row for row in subject.accesses if row.store_id == store_id]
    elsewhere = [row for row in subject.accesses if row.state == State.CURRENT]
    if store_id is not None and not here and elsewhere:
        names = ", ".join(sorted({row.store.name for row in elsewhere}))
        yield Because(
            Cause.WRONG_STORE,
            _("Has no access here, and has it elsewhere: %(stores)s. Perhaps the wrong store's page.")
            % {"stores": names},
            Fix.INVITE,
            contact=contact,
        )


def _of_access(access: Access, facts: Facts) -> Iterator[Because]:
    state = State(access.state)
    if state is State.PENDING:
        yield from _of_pending(access, facts)
    elif state is State.DEACTIVATED:
        yield _deactivated(access)
    elif state in ENDED:
        cause, told, fix = ENDED[state]
        yield Because(
            cause,
            str(told) % {"store": access.store.name},
            fix,
            at=access.state_since,
            access=access,
            contact=access.contact,
        )
    elif not access.store.is_active:
        yield Because(
            Cause.STORE_OFF,
            _("%(store)s is switched off; nobody can sign in there.") % {"store": access.store.name},
            Fix.SWITCH_STORE,
            access=access,
        )
    elif access.login is not None and not access.login.has_password:
        sentence = _("%(store)s: let in, and never chose a password. “Forgot password?” gives a link to one.")
        yield Because(Cause.NO_PASSWORD, sentence % {"store": access.store.name}, Fix.FORGOT, access=access)
    elif access.login is not None and must_choose_password(access.login):
        sentence = _("%(store)s: gets in with the password staff gave, and must choose an own one first.")
        yield Because(Cause.MUST_CHOOSE, sentence % {"store": access.store.name}, access=access)
    for error in facts.errors.get(access.pk, ())[:1]:
        what = sentence_of_error(error.reason, error.data)
        yield Because(
            Cause.ON_ERROR,
            _("%(store)s: on Error, which keeps nobody out. %(what)s")
            % {"store": access.store.name, "what": what},
            Fix.SHOW_ERROR,
            at=error.since,
            access=access,
        )


ENDED: Mapping[State, tuple[Cause, str | Promise, Fix]] = {
    State.REQUESTED: (
        Cause.REQUESTED,
        gettext_lazy("%(store)s: asked for access, and nobody has answered yet."),
        Fix.ANSWER,
    ),
    State.CANCELLED: (
        Cause.CANCELLED,
        gettext_lazy("%(store)s: the invitation was cancelled."),
        Fix.INVITE,
    ),
    State.DECLINED: (
        Cause.DECLINED,
        gettext_lazy("%(store)s: the request for access was declined."),
        Fix.INVITE,
    ),
}
MAILS: Mapping[MailSeen, str | Promise] = {
    MailSeen.OPENED: gettext_lazy("The link was opened and no password set."),
    MailSeen.REFUSED: gettext_lazy("Its mail was refused."),
    MailSeen.QUEUED: gettext_lazy("Its mail has not left yet."),
    MailSeen.SENT: gettext_lazy("Its mail was sent."),
    MailSeen.CAPTURED: gettext_lazy("Its mail was captured, and never left."),
}


def _of_pending(access: Access, facts: Facts) -> Iterator[Because]:
    store = {"store": access.store.name}
    link = facts.links.get(access.pk)
    seen = mail_of(access, now=facts.now)
    if link is not None and access.contact.email_canonical != link.address:
        sentence = _("%(store)s: the invitation went to %(email)s, which is the contact's email no more.")
        yield Because(
            Cause.ADDRESS_CHANGED,
            sentence % {**store, "email": link.address},
            Fix.RESEND,
            at=access.invited_at,
            access=access,
        )
    elif seen is MailSeen.EXPIRED:
        sentence = _("%(store)s: the invitation ran out before it was accepted.")
        yield Because(
            Cause.INVITATION_EXPIRED,
            sentence % store,
            Fix.RESEND,
            at=access.invitation_expires_at,
            access=access,
        )
    else:
        mail = MAILS[seen] if seen is not None and seen in MAILS else _("No mail was sent.")
        cause = Cause.MAIL_REFUSED if seen is MailSeen.REFUSED else Cause.PENDING
        fix = Fix.EDIT_CONTACT if seen is MailSeen.REFUSED else Fix.RESEND
        sentence = _("%(store)s: invited, and has not joined yet. %(mail)s")
        yield Because(
            cause,
            sentence % {**store, "mail": mail},
            fix,
            at=access.state_since,
            access=access,
            contact=access.contact,
        )


def _deactivated(access: Access) -> Because:
    by = access.deactivated_by
    named = {"store": access.store.name, "who": str(by) if by else _("the system")}
    if access.ended_from_above:
        sentence = _("%(store)s: ended by %(who)s, because the contact or customer left.") % named
    elif access.deactivated_reason:
        sentence = _("%(store)s: deactivated by %(who)s: %(why)s") % {
            **named,
            "why": access.deactivated_reason,
        }
    else:
        sentence = _("%(store)s: deactivated by %(who)s.") % named
    return Because(Cause.DEACTIVATED, sentence, Fix.REENABLE, at=access.state_since, access=access)


def _lately(login: Login, facts: Facts) -> Iterator[Because]:
    tries = facts.tries.get(login.pk, ())
    if tries:
        sentence = ngettext(
            "%(n)s wrong password for %(email)s in the last 7 days, the last one at this time.",
            "%(n)s wrong passwords for %(email)s in the last 7 days, the last one at this time.",
            len(tries),
        )
        yield Because(
            Cause.TRIED, sentence % {"n": len(tries), "email": login.email}, Fix.FORGOT, at=tries[0].at
        )
    if login.pk in facts.resets:
        at, result = facts.resets[login.pk]
        mail = facts.reset_mails.get(login.email)
        sentences = {
            "sent": _("Asked for a link to choose a new password. Its mail: %(state)s."),
            "invited": _("Asked for a new password, and got the open invitation again."),
            "no_access": _(
                "Asked for a new password, and got no mail: there is no access that it would open."
            ),
            "refused": _("Asked for a new password, and got no mail: the login is off or on hold."),
        }
        state = MailMessage.State(mail.state).label if mail else _("not kept any more")
        sentence = sentences.get(result, sentences["sent"])
        fix = Fix.SHOW_MAIL if mail is not None and result == "sent" else None
        yield Because(Cause.RESET_ASKED, sentence % {"state": state}, fix, at=at, mail=mail)


def _is_open(access: Access, facts: Facts) -> bool:
    """Whether the login gets in by this access, so far as it is not the password that is wrong."""
    login, customer = access.login, access.customer
    until = login.password_is_temporary_until if login else None
    return (
        access.state == State.CURRENT
        and login is not None
        and login.can_sign_in
        and login.has_password
        and (until is None or until > facts.now)
        and access.contact.archived_at is None
        and customer.archived_at is None
        and customer.status != Customer.Status.INACTIVE
        and access.store.is_active
    )


def _nothing(access: Access, subject: Subject) -> Because:
    email = access.login.email if access.login else subject.address
    return Because(
        Cause.NOTHING,
        _("Nothing stands in the way: %(email)s can sign in to %(store)s. It is probably the password.")
        % {"email": email, "store": access.store.name},
        Fix.FORGOT,
        at=access.last_sign_in_at,
        access=access,
    )
