"""`tradedoor invite`: invite many contacts to a store, as one job."""

from pathlib import Path

import click

from tradedoor.access.actions.bulk import Selection, invite_in_background
from tradedoor.access.reasons import Reason
from tradedoor.config.long_work import report, run_again_or_start
from tradedoor.config.machine import machine
from tradedoor.core.permissions import Permission
from tradedoor.stores.queries import store_for

REFUSALS = frozenset(reason.value for reason in Reason)


@click.command("invite")
@click.option("--store", "slug", required=True, help="The store, as `tradedoor store list` names it.")
@click.option(
    "--all", "everybody", is_flag=True, help="All contacts who can be invited and have no access yet."
)
@click.option(
    "--filter", "search", default="", help="Those of them whom this search finds: a name, email, customer."
)
@click.option(
    "--result",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what became of each contact here.",
)
def invite_command(*, slug: str, everybody: bool, search: str, result: Path | None) -> None:
    """Invite contacts to a store.

    Ctrl-C stops it after the batch at hand; the same command again goes on from there. Whoever is invited
    already gets no second mail.
    """
    if everybody == bool(search.strip()):
        raise click.UsageError("Say whom: --all, or --filter TEXT.")
    actor = machine(
        "invite", Permission.ACCESS_INVITE, Permission.ACCESS_READ, Permission.CRM_READ, Permission.STORE_READ
    )
    store = store_for(slug, actor=actor)
    work = run_again_or_start(
        lambda: invite_in_background(store, Selection(search=search.strip()), actor=actor),
        same=("invite", store.pk, search.strip()),
        actor=actor,
    )
    report(work, problems=REFUSALS, result=result)
