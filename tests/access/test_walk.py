"""Whatever happens in whatever order: the numbers on the tabs are those of the rows, and what is dead stays dead."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests import make
from tradedoor.access.actions import crm
from tradedoor.access.actions.clearing import clear_errors
from tradedoor.access.actions.entering import sign_in_to_store
from tradedoor.access.actions.error_feed import read_feed
from tradedoor.access.actions.errors import raise_errors
from tradedoor.access.actions.invitations import cancel_invitations, invite_contacts, send_again
from tradedoor.access.actions.joining import accept_by_signing_in, accept_with_new_password
from tradedoor.access.actions.switching import deactivate, reenable, undo_deactivation
from tradedoor.access.faults import Fault
from tradedoor.access.models import Access, AccessError, ErrorReason, State
from tradedoor.access.queries import counts_match, misplaced
from tradedoor.access.sets import these
from tradedoor.accounts.models import OneTimeLink, Session
from tradedoor.accounts.roles import Role as StaffRole
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Refusal
from tradedoor.crm.models import Contact, Customer

NOBODY = Actor.nobody(ip="198.51.100.11")
NUMBER = st.integers(0, 5)
SOME = st.sets(NUMBER, min_size=1)
STORE = st.integers(0, 1)


class Walk(RuleBasedStateMachine):
    """Six people of two customers, two stores, and everything that staff and buyers may press."""

    def __init__(self) -> None:
        super().__init__()
        self.around: Any = transaction.atomic()
        vars(self.around)["_from_testcase"] = True  # as Django marks its own, for what must be outermost
        self.around.__enter__()
        self.spent: set[int] = set()

    @initialize()
    def people(self) -> None:
        self.sam = make.actor(make.staff(role=StaffRole.OWNER))
        self.stores = [make.store("Walk A"), make.store("Walk B")]
        self.customers = [make.customer("Walkers"), make.customer("Runners")]
        self.contacts = [make.contact(self.customers[number % 2]) for number in range(6)]

    def accesses(self, numbers: set[int], store: int) -> list[int]:
        contacts = [self.contacts[number] for number in numbers]
        rows = Access.objects.filter(contact__in=contacts, store=self.stores[store])
        return list(rows.values_list("pk", flat=True))

    @rule(numbers=SOME, store=STORE)
    def invite(self, numbers: set[int], store: int) -> None:
        invite_contacts(self.stores[store], [self.contacts[n].pk for n in numbers], actor=self.sam)

    @rule(number=NUMBER, store=STORE)
    def resend(self, number: int, store: int) -> None:
        for access in Access.objects.filter(pk__in=self.accesses({number}, store)).select_related("store"):
            self.attempt(send_again, access, actor=self.sam)

    @rule(numbers=SOME, store=STORE)
    def cancel(self, numbers: set[int], store: int) -> None:
        cancel_invitations(self.accesses(numbers, store), actor=self.sam)

    @rule(number=NUMBER, store=STORE)
    def accept(self, number: int, store: int) -> None:
        for link in OneTimeLink.objects.filter(access_id__in=self.accesses({number}, store)):
            dead = link.used_at is not None or link.revoked_at is not None
            entered = self.attempt(
                accept_with_new_password, link.pk, make.PASSWORD, store=self.stores[store], actor=NOBODY
            ) or self.attempt(
                accept_by_signing_in, link.pk, make.PASSWORD, store=self.stores[store], actor=NOBODY
            )
            assert not (dead and entered)

    @rule(number=NUMBER, store=STORE)
    def sign_in(self, number: int, store: int) -> None:
        email = self.contacts[number].email
        self.attempt(sign_in_to_store, self.stores[store], email, make.PASSWORD, actor=NOBODY)

    @rule(numbers=SOME, store=STORE)
    def deactivate(self, numbers: set[int], store: int) -> None:
        deactivate(these(self.accesses(numbers, store)), actor=self.sam)

    @rule(numbers=SOME, store=STORE)
    def reenable(self, numbers: set[int], store: int) -> None:
        reenable(these(self.accesses(numbers, store)), actor=self.sam)

    @rule(numbers=SOME, store=STORE)
    def undo(self, numbers: set[int], store: int) -> None:
        undo_deactivation(these(self.accesses(numbers, store)), actor=self.sam)

    @rule(numbers=SOME, back=st.booleans())
    def archive(self, numbers: set[int], back: bool) -> None:  # noqa: FBT001 - Hypothesis draws it
        contacts = list(Contact.objects.filter(pk__in=[self.contacts[n].pk for n in numbers]))
        (crm.restore_contacts if back else crm.archive_contacts)(contacts, actor=self.sam)

    @rule(number=NUMBER, email=st.sampled_from(["", "own", "shared"]))
    def edit_email(self, number: int, email: str) -> None:
        contact = Contact.objects.select_related("customer").get(pk=self.contacts[number].pk)
        wanted = {"": "", "own": self.contacts[number].email, "shared": "office@walkers.example"}[email]
        self.attempt(
            crm.update_contact,
            contact,
            {"email": wanted},
            version=contact.version,
            actor=self.sam,
            confirmed=True,
        )

    @rule(numbers=SOME, store=STORE, reason=st.sampled_from(ErrorReason))
    def raise_error(self, numbers: set[int], store: int, reason: ErrorReason) -> None:
        faults = [Fault(access, reason) for access in self.accesses(numbers, store)]
        raise_errors(faults, actor=self.sam)

    @rule(numbers=SOME, store=STORE)
    def clear_errors(self, numbers: set[int], store: int) -> None:
        clear_errors(these(self.accesses(numbers, store)), actor=self.sam)

    @rule()
    def read_history(self) -> None:
        read_feed(actor=self.sam)

    @rule(which=STORE, status=st.sampled_from(["active", "inactive", "on_hold"]))
    def restate(self, which: int, status: str) -> None:
        customers = list(Customer.objects.filter(pk=self.customers[which].pk))
        crm.set_customer_status(customers, status, actor=self.sam)

    def attempt(self, act: Any, *args: Any, **named: Any) -> Any:
        try:
            return act(*args, **named)
        except Refusal:
            return None

    @invariant()
    def counts_are_those_of_the_rows(self) -> None:
        assert counts_match() == {}
        assert not misplaced().exists()

    @invariant()
    def errors_are_open_only_where_they_may_be(self) -> None:
        errors = AccessError.objects.open().exclude(access__state__in=[State.PENDING, State.CURRENT])
        assert not errors.exclude(access__state=State.DEACTIVATED, reason=ErrorReason.REPORTED).exists()

    @invariant()
    def only_current_accesses_have_sessions(self) -> None:
        signed_in = Session.objects.values_list("access_id", "access_epoch")
        current = dict(Access.objects.filter(state=State.CURRENT).values_list("pk", "epoch"))
        assert all((access, epoch) in current.items() for access, epoch in signed_in)

    @invariant()
    def pending_accesses_and_no_others_have_one_living_link(self) -> None:
        living = list(
            OneTimeLink.objects.filter(used_at=None, revoked_at=None).values_list("access_id", flat=True)
        )
        pending = Access.objects.filter(state=State.PENDING).values_list("pk", flat=True)
        assert sorted(living, key=str) == sorted(pending, key=str)

    @invariant()
    def what_was_dead_is_dead(self) -> None:
        living = set(OneTimeLink.objects.filter(used_at=None, revoked_at=None).values_list("pk", flat=True))
        assert not living & self.spent
        self.spent |= set(OneTimeLink.objects.exclude(pk__in=living).values_list("pk", flat=True))

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.around.__exit__(None, None, None)


@pytest.mark.django_db
def test_a_long_walk_leaves_counts_sessions_and_links_true() -> None:
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
