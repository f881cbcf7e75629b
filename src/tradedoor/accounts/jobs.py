"""What is done regularly for logins."""

from tradedoor.accounts.actions.clearing import clear_out
from tradedoor.jobs.registry import task
from tradedoor.jobs.upkeep import report


@task("accounts.tidy")
def tidy() -> None:
    """Drop ended sessions, and links and counts nobody asks for any more."""
    report("accounts.tidy", clear_out())
