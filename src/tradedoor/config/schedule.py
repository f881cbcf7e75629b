"""All that is done regularly, in one place, and who long work is done as."""

from collections.abc import Mapping

from tradedoor.access.actors import load_actor
from tradedoor.jobs.registry import periodic, set_actor_loader

MINUTE = 60
HOUR = 60 * MINUTE

SCHEDULE: Mapping[str, int] = {
    "access.apply_email_changes": MINUTE,
    "access.read_feed": 10,
    "access.remind": 15 * MINUTE,
    "access.switch_due": MINUTE,
    "accounts.tidy": HOUR,
    "audit.seal": MINUTE,
    "catalog.tidy": HOUR,
    "crm.tidy": HOUR,
    "integrations.sync_all": 5 * MINUTE,
    "integrations.tidy": HOUR,
    "handouts.tidy": HOUR,
    "jobs.tidy": HOUR,
    "mail.tidy": HOUR,
    "registration.tidy": HOUR,
}


def prepare_background() -> None:
    """Tell the runner what comes round and how an actor is loaded; for whoever drives work, worker or command."""
    for name, seconds in SCHEDULE.items():
        periodic(name, seconds=seconds)
    set_actor_loader(load_actor)
