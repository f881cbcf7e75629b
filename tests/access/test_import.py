"""An import that changes what accesses rest on."""

from io import BytesIO

import pytest

from tradedoor.access.actions.crm import start_import
from tradedoor.access.models import Access, State
from tradedoor.access.queries import counts_match, dashboard
from tradedoor.accounts.models import Session
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.crm.actions.imports import upload_import
from tradedoor.jobs.driving import drive_work
from tradedoor.jobs.models import Work
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _background() -> None:
    prepare_background()


def imported(kind: str, *lines: str, actor: Actor) -> Work:
    content = BytesIO("\n".join(lines).encode())
    file = upload_import(content, kind=kind, name=f"{kind}.csv", actor=actor)
    work = start_import(file, actor=actor)
    assert start_import(file, actor=actor) == work
    done = drive_work(work.pk)
    assert done.state == Work.State.DONE, done.problem
    return done


def test_a_customer_made_inactive_by_a_file_loses_its_accesses_and_no_other_does(
    bea: Access, nils: Access, ada: Actor
) -> None:
    work = imported("customers", "Code,Name,Status", "ACME,Acme,inactive", "BORE,Borealis,active", actor=ada)

    assert work.counts == {"updated": 1, "unchanged": 1}
    assert dict(Access.objects.values_list("pk", "state")) == {
        bea.pk: State.DEACTIVATED,
        nils.pk: State.CURRENT,
    }
    assert not Session.objects.exists()
    assert not counts_match()


def test_names_changed_by_a_file_are_found_on_the_dashboard(
    bea: Access, nils: Access, harbour: Store, ada: Actor
) -> None:
    imported("customers", "Code,Name", "ACME,Zenith", actor=ada)
    imported(
        "contacts",
        "Customer code,Email,First name,Last name",
        "BORE,nils@borealis.example,Nils,Sunde",
        actor=ada,
    )

    assert list(dashboard(harbour, tab=None, actor=ada, search="zenith")) == [bea]
    assert list(dashboard(harbour, tab=None, actor=ada, search="sunde")) == [nils]
    assert Access.objects.get(pk=bea.pk).sort_customer == "zenith"
