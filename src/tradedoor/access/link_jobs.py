"""Making the links of very many, step by step."""

from collections import Counter

from tradedoor.access.actions.bulk import Rows, Selection
from tradedoor.access.actions.link_files import MAKE_LINKS, READY
from tradedoor.access.actions.sharing import AT_ONCE, prepare_links
from tradedoor.access.models import Role, State
from tradedoor.jobs.registry import work
from tradedoor.jobs.steps import Line, Step, StepResult
from tradedoor.stores.models import Store


@work(MAKE_LINKS)
def make_links(step: Step) -> StepResult:
    """Make the links of the next contacts, and note for whom there is one; never the link itself."""
    store = Store.objects.get(pk=step.args["store_id"])
    after, batch = step.cursor or 0, min(step.batch, AT_ONCE)
    if "rows" in step.args:
        rows = Rows.read(step.args["rows"]).of(store, actor=step.actor).filter(state=State.PENDING)
        found = list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", "contact_id")[:batch])
    else:
        contacts = Selection.read(step.args["selection"]).rows(store, actor=step.actor)
        found = list(contacts.filter(pk__gt=after).order_by("pk").values_list("pk", "pk")[:batch])
    if not found:
        return StepResult(cursor=after, done=0, finished=True)
    made = prepare_links(
        store, [contact_id for _, contact_id in found], actor=step.actor, role=Role(step.args["role"])
    )
    lines = [
        Line(
            contact.pk,
            "refused" if why else READY,
            why,
            {"contact": str(contact.public_id), "name": contact.name, "customer": contact.customer.name},
        )
        for contact, why in made
    ]
    return StepResult(
        cursor=found[-1][0],
        done=len(found),
        counts=Counter(line.status for line in lines),
        lines=lines,
        finished=len(found) < batch,
    )
