"""What goes on in the background, and what waits on purpose, in a real browser: accessible, and fitting a phone."""

import pytest
from playwright.sync_api import ViewportSize

from tests import make
from tests.browser import OpenPage, faults_of, on_both_screens
from tradedoor.access.actions import ending_steps, merging, wider
from tradedoor.access.actions.crm import set_customer_status
from tradedoor.access.actions.merging import merge_customers
from tradedoor.access.actions.wider import Scope, Wish, deactivate_wider
from tradedoor.access.models import Access
from tradedoor.accounts.models import Login
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Customer
from tradedoor.jobs.driving import drive_work
from tradedoor.mail.outbox import pause_mail

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@on_both_screens
def test_merges_jobs_and_pauses(
    open_page: OpenPage,
    ada_login: Login,
    ada: Actor,
    bea: Access,
    nils: Access,
    monkeypatch: pytest.MonkeyPatch,
    size: ViewportSize,
    scheme: str,
) -> None:
    prepare_background()
    acme, borealis, harbour = bea.customer, nils.customer, bea.store
    for module in (wider, merging, ending_steps):
        monkeypatch.setattr(module, "AT_ONCE", 0)
    make.access(make.contact(acme), harbour)
    loaded = Access.objects.select_related("store", "customer", "contact").get(pk=bea.pk)
    receipt = deactivate_wider(loaded, Wish(Scope.CUSTOMER, "Closed"), actor=ada)
    assert receipt.work is not None
    drive_work(receipt.work.pk)
    page = open_page(size, ada_login, scheme=scheme)
    merge = f"/crm/customers/{acme.public_id}/merge/?with={borealis.public_id}"
    found = faults_of(
        page,
        {
            "long receipt": f"/jobs/{receipt.work.public_id}/",
            "long merge": merge,
            "pause all": "/mail/",
            "pause store": "/stores/harbour/settings/invitation/",
        },
    )

    seen = {row.pk: Customer.objects.get(pk=row.pk).version for row in (acme, borealis)}
    merge_customers(acme, [borealis], chosen={}, seen=seen, actor=ada)
    third = make.customer("Third")
    make.contact(third)
    set_customer_status([third], "inactive", actor=ada)
    pause_mail(actor=ada)
    pause_mail(actor=ada, store_id=harbour.pk)
    found |= faults_of(
        page,
        {
            "goes over": f"/crm/customers/{borealis.public_id}/details/",
            "takes in": f"/crm/customers/{acme.public_id}/details/",
            "ending": f"/crm/customers/{third.public_id}/details/",
            "paused all": "/mail/",
            "paused store": "/stores/harbour/settings/invitation/",
        },
    )
    assert found == {}
