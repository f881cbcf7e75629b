"""The page that says how long data is kept says what the tasks do."""

from datetime import timedelta

import pytest

from tests.architecture.source import ROOT
from tradedoor.accounts.actions import clearing as logins
from tradedoor.catalog.actions import clearing as products
from tradedoor.config.schedule import SCHEDULE
from tradedoor.crm.actions import clearing as customers
from tradedoor.integrations import jobs as mailchimp
from tradedoor.jobs import files, upkeep
from tradedoor.mail import upkeep as mail

ROWS = [
    line.strip("|\n ").split(" | ")
    for line in (ROOT / "docs" / "admin" / "retention.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ")
][1:]


def test_every_task_that_drops_is_on_the_page_and_on_the_schedule() -> None:
    named = {task.strip("` ") for row in ROWS for task in row[3].split(",")}
    assert named == {name for name in SCHEDULE if name.endswith(".tidy")}


@pytest.mark.parametrize(
    ("start", "kept"),
    [
        ("one-time links", logins.LINKS_KEPT),
        ("counts of", logins.COUNTS_KEPT),
        ("mails:", mail.KEPT),
        ("bodies", mail.BODIES_KEPT),
        ("uploaded files of customers", files.KEPT),
        ("uploaded files of products", files.KEPT),
        ("files that a killed", customers.STRAYS_KEPT),
        ("files that a killed", products.STRAYS_KEPT),
        ("long work", upkeep.WORKS_KEPT),
        ("done background jobs", upkeep.DONE_JOBS_KEPT),
        ("calls to Mailchimp", mailchimp.KEPT),
        ("failed background jobs", upkeep.FAILED_JOBS_KEPT),
    ],
)
def test_the_page_says_the_ages_that_the_tasks_keep(start: str, kept: timedelta) -> None:
    (row,) = [row for row in ROWS if row[0].startswith(start)]
    assert f"{kept.days} day" in row[2]


def test_a_file_goes_before_the_work_that_says_it_was_imported() -> None:
    assert files.KEPT < upkeep.WORKS_KEPT
