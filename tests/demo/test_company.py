from collections import Counter

import pytest
from django.utils import timezone

from tradedoor.access.models import Access, Role, State, Tab
from tradedoor.accounts.models import Login
from tradedoor.audit.models import AuditRow
from tradedoor.catalog.models import Variant
from tradedoor.config.schedule import prepare_background
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical
from tradedoor.core.errors import Conflict
from tradedoor.core.permissions import Permission
from tradedoor.crm.models import Contact, Customer
from tradedoor.demo.company import OWNER, build_company
from tradedoor.mail.models import MailMessage
from tradedoor.mail.queries import OVERDUE, longest_waiting
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("demo", permissions=frozenset(Permission))


def test_the_demo_company_is_believable_and_built_once() -> None:
    prepare_background()
    told: list[str] = []
    build_company(actor=MACHINE, tell=told.append)

    tabs = Counter(Access.objects.values_list("tab", flat=True))
    assert {Tab.CURRENT, Tab.PENDING, Tab.DEACTIVATED, Tab.ERROR, Tab.HISTORY} <= set(tabs)
    assert (Customer.objects.count(), Contact.objects.count(), Variant.objects.count()) == (60, 180, 68)
    assert sorted(Store.objects.values_list("slug", flat=True)) == ["harbour-lane", "kestrel", "northmoor"]

    asking = Access.objects.get(state=State.REQUESTED)
    admins = Access.objects.filter(role=Role.COMPANY_ADMIN, state=State.CURRENT)
    assert admins.filter(store=asking.store_id, customer=asking.customer_id).exists()

    rows = AuditRow.objects.order_by("pk").values_list("at", flat=True)
    assert list(rows) == sorted(rows)
    joined = {access.accepted_at.date() for access in Access.objects.all() if access.accepted_at}
    assert len(joined) > 14
    assert not Access.objects.filter(state=State.PENDING, invitation_expires_at__lte=timezone.now()).exists()
    assert longest_waiting() < OVERDUE
    assert MailMessage.objects.filter(template="registration.colleague_waiting").count() == 1

    addresses = [
        *Contact.objects.values_list("email", flat=True),
        *Login.objects.values_list("email", flat=True),
    ]
    assert addresses.count("") == 2
    assert all(canonical(address).endswith(".example") for address in addresses if address)
    assert Login.objects.filter(email=OWNER, role="owner").exists()
    assert not any(login.has_usable_password() for login in Login.objects.staff())

    with pytest.raises(Conflict):
        build_company(actor=MACHINE, tell=told.append)
    assert Customer.objects.count() == 60
