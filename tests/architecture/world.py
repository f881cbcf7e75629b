"""Something for each argument of an address to point at."""

import io
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.utils import timezone

from tests import make
from tradedoor.access.models import Access, EmailChange, State
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.models import Session
from tradedoor.accounts.roles import Role
from tradedoor.catalog.models import Product, ProductImage
from tradedoor.crm.actions.imports import upload_import
from tradedoor.crm.models import ImportFile
from tradedoor.integrations.models import Audience
from tradedoor.jobs.models import Work
from tradedoor.mail.models import MailMessage
from tradedoor.registration.models import Registration
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
    Audience.objects.create(store=harbour, list_id="a1b2c3d4e5", tag="Mail out")
    return {
        "store": harbour.slug,
        "customer": bea.customer.public_id,
        "department": department.public_id,
        "contact": bea.contact.public_id,
        "access": bea.public_id,
        "request": _request(bea, harbour).public_id,
        "deed": uuid4(),
        "mail": mail.public_id,
        "work": work.public_id,
        "staff": make.staff("Otto Other").public_id,
        "token": "made-up",
        "version": "made-up",
        "product": _pictured_product().public_id,
        "number": 1,
        "session": _session_elsewhere(bea).public_id,
        "help": "import",
        "mailing": "subscribed",
        "import": _uploaded_file().public_id,
        "email_change": _email_change(bea).public_id,
    }


def _request(beside: Access, store: Store) -> Access:
    contact = make.contact(beside.customer, "nora@acme.example")
    access = make.access(contact, store, state=State.REQUESTED)
    now = timezone.now()
    Registration.objects.create(
        store=store,
        access=access,
        contact=contact,
        customer=contact.customer,
        email=contact.email,
        email_canonical=contact.email,
        created_at=now,
        expires_at=now,
        confirmed_at=now,
    )
    return access


def _email_change(access: Access) -> EmailChange:
    now = timezone.now()
    return EmailChange.objects.create(
        contact=access.contact,
        old_email="bea@acme.example",
        old_canonical="bea@acme.example",
        new_email="new@acme.example",
        new_canonical="new@acme.example",
        state="cancelled",
        origin="form",
        requested_at=now,
        due_at=now,
        ended_at=now,
    )


def _uploaded_file() -> ImportFile:
    actor = make.actor(make.staff("Una Uploader", role=Role.CRM_EDITOR))
    return upload_import(io.BytesIO(b"Code,Company\nA,Acme\n"), kind="customers", name="a.csv", actor=actor)


def _pictured_product() -> Product:
    product = Product.objects.create(handle="pot", name="Pot", sort_name="pot", search_text="pot")
    ProductImage.objects.create(product=product, file=ContentFile(b"pixels", name="pot.webp"))
    return product


def _session_elsewhere(access: Access) -> Session:
    assert access.login is not None
    actor = make.actor(access.login, access=access)
    return open_session(
        access.login, actor=actor, store_id=access.store_id, access_id=access.pk, access_epoch=access.epoch
    ).session
