"""`tradedoor doctor`: what is the matter, and what helps."""

import click

from tradedoor.config.checkup import State, checkup
from tradedoor.config.printing import as_json, print_rows


@click.command("doctor")
@as_json
def doctor_command(*, as_json: bool) -> None:
    """Look at settings, database, worker and mail server; exit with 1 where something is wrong.

    Nothing is changed, and no mail is sent.
    """
    found = list(checkup())
    rows = [
        {"what": each.what, "state": each.state.value, "finding": each.sentence, "cure": each.cure}
        for each in found
    ]
    print_rows(rows, columns=["what", "state", "finding", "cure"], as_json=as_json, none="")
    if any(each.state is State.BAD for each in found):
        raise SystemExit(1)
