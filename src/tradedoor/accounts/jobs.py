"""What is done regularly for logins."""

from tradedoor.accounts.actions.clearing import clear_out
from tradedoor.jobs.registry import task


@task("accounts.tidy")
def tidy() -> None:
    """Drop ended sessions, and links and counts nobody asks for any more."""
    clear_out()
