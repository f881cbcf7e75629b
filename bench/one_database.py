"""The measurements on the database that the settings name; one JSON line a figure on standard output."""

import json
import sys
from dataclasses import asdict
from importlib import import_module
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from bench.figures import Figure


def main() -> None:
    django.setup()
    from bench import million_rows, rows
    from bench.figures import Report
    from tradedoor.config.commands.migrate import bring_up_to_date
    from tradedoor.config.schedule import prepare_background

    def say(figure: "Figure") -> None:
        print(json.dumps(asdict(figure)), flush=True)

    database, *names = sys.argv[1:]
    bring_up_to_date()
    prepare_background()
    measurements = [import_module(f"bench.{name}") for name in names]
    is_large = any(getattr(measurement, "LARGE", False) for measurement in measurements)
    world = million_rows.world() if is_large else rows.World.made()
    for measurement in measurements:
        measurement.measure(world, Report(database, measurement.GROUP, say))


if __name__ == "__main__":
    main()
