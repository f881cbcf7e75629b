"""Something for each argument of an address to point at."""

from typing import Any

from django.utils import timezone

from tests import make
from tradedoor.access.models import Access
from tradedoor.jobs.models import Work
from tradedoor.mail.models import MailMessage
from tradedoor.stores.models import Store


def made_for(harbour: Store, bea: Access) -> dict[str, Any]:
    """The arguments by the names that `access_table` uses."""
    now = timezone.now()
    mail = MailMessage.objects.create(
        template="access.invitation",
        to_email="bea@acme.example",
        store_id=harbour.pk,
        run_at=now,
        created_at=now,
    )
    work = Work.objects.create(kind="tests.nothing", title="Nothing", run_at=now, created_at=now)
    department = bea.contact.department
    return {
        "store": harbour.slug,
        "customer": bea.customer.public_id,
        "department": department.public_id,
        "contact": bea.contact.public_id,
        "access": bea.public_id,
        "mail": mail.public_id,
        "work": work.public_id,
        "staff": make.staff("Otto Other").public_id,
        "token": "made-up",
        "help": "import",
    }
