"""Every event in every state: the table of product.md section 2, said a second time as what is to be seen."""

import pytest
from django.db import transaction

from tests import make
from tradedoor.access.actions import states
from tradedoor.access.actions.states import Change, NewAccess
from tradedoor.access.events import SENTENCES, Event
from tradedoor.access.models import TAB_OF_STATE, Access, State
from tradedoor.access.reasons import SENTENCES as REASON_SENTENCES
from tradedoor.access.reasons import Reason
from tradedoor.access.transitions import EVENTS, SPECIAL_EVENTS, TRANSITIONS, Trigger
from tradedoor.audit.models import AuditRow

COLUMNS = "none pending current deactivated requested cancelled declined"
EXPECTED = """
invite                   pending   pending   refused:already_current refused:deactivated_offer_reenable current pending pending
accept                   refused:no_access current refused:link_used refused:link_cancelled refused:link_cancelled refused:link_cancelled refused:link_cancelled
cancel                   refused:no_access cancelled refused:not_pending refused:not_pending refused:not_pending refused:not_pending refused:not_pending
give_login_details       current   current   current refused:deactivated_offer_reenable current current current
register                 current   current   refused:already_current refused:already_deactivated refused:already_requested current requested
register_for_approval    requested current   refused:already_current refused:already_deactivated refused:already_requested requested requested
register_while_archived  requested requested refused:already_current refused:already_deactivated refused:already_requested requested requested
approve                  refused:no_access refused:not_requested refused:already_current refused:not_requested current refused:not_requested refused:not_requested
decline                  refused:no_access refused:not_requested refused:not_requested refused:not_requested declined refused:not_requested refused:not_requested
deactivate               refused:no_access refused:not_current deactivated refused:already_deactivated refused:not_current refused:not_current refused:not_current
undo_deactivation        refused:no_access refused:not_deactivated refused:already_current current refused:not_deactivated refused:not_deactivated refused:not_deactivated
reenable                 refused:no_access refused:not_deactivated refused:already_current current refused:not_deactivated refused:not_deactivated refused:not_deactivated
reenable_by_invitation   refused:no_access refused:not_deactivated refused:already_current pending refused:not_deactivated refused:not_deactivated refused:not_deactivated
end                      refused:no_access cancelled deactivated refused:already_ended declined refused:already_ended refused:already_ended
split_off                refused:no_access refused:not_current pending deactivated refused:not_current refused:not_current refused:not_current
take_over                refused:no_access refused:link_cancelled current refused:link_cancelled refused:link_cancelled refused:link_cancelled refused:link_cancelled
"""

TABLE = [
    (Trigger(row.split()[0]), None if column == "none" else State(column), outcome)
    for row in EXPECTED.strip().splitlines()
    for column, outcome in zip(COLUMNS.split(), row.split()[1:], strict=True)
]
MAKES_NO_ACCESS = {trigger for trigger, state, outcome in TABLE if state is None and ":" in outcome}


def test_the_table_has_a_cell_for_every_event_in_every_state() -> None:
    assert {(trigger, state) for trigger, state, _outcome in TABLE} == {
        (trigger, state) for trigger in Trigger for state in (None, *State)
    }
    assert {trigger: set(row) for trigger, row in TRANSITIONS.items()} == {
        trigger: {None, *State} for trigger in Trigger
    }


@pytest.mark.parametrize(("trigger", "state", "outcome"), TABLE)
@pytest.mark.django_db
def test_each_event_in_each_state_has_its_outcome(
    trigger: Trigger, state: State | None, outcome: str
) -> None:
    contact, store = make.contact(make.customer()), make.store()
    access = make.access(contact, store, state=state) if state else None
    before = AuditRow.objects.count()

    if access is None and trigger in MAKES_NO_ACCESS:
        moved = states.move(Change(trigger, ids=[4711]), actor=make.MAKER)
    elif access is None:
        new = NewAccess(store_id=store.pk, contact=contact, login_id=None)
        moved = states.move(Change(trigger, new=[new]), actor=make.MAKER)
    else:
        moved = states.move(Change(trigger, ids=[access.pk]), actor=make.MAKER)

    if outcome.startswith("refused:"):
        assert [f"refused:{reason}" for reason in moved.refused.values()] == [outcome]
        assert not moved.rows
        assert AuditRow.objects.count() == before
        if access:
            assert Access.objects.get().state == state
        return
    [row] = moved.rows
    assert (row.state, row.tab) == (outcome, TAB_OF_STATE[State(outcome)])
    assert AuditRow.objects.count() == before + 1
    assert row.epoch == (1 if access is None else access.epoch + (outcome != state))


@pytest.mark.django_db
def test_an_event_that_makes_no_access_cannot_be_asked_to() -> None:
    new = NewAccess(store_id=make.store().pk, contact=make.contact(make.customer()), login_id=None)

    with pytest.raises(TypeError), transaction.atomic():
        states.move(Change(Trigger.DEACTIVATE, new=[new]), actor=make.MAKER)


def test_every_event_and_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Event)
    assert set(REASON_SENTENCES) == set(Reason)
    assert {*EVENTS.values(), *SPECIAL_EVENTS.values()} <= set(Event)
    assert set(EVENTS) == set(Trigger)
