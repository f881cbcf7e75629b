"""A store's own template: uploaded, and put back to the standard one."""

import unicodedata
from pathlib import PurePath
from typing import IO
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission, require
from tradedoor.handouts.errors import BadTemplate
from tradedoor.handouts.events import Event
from tradedoor.handouts.models import HandoutTemplate
from tradedoor.handouts.packages import write_package
from tradedoor.handouts.sources import paper_of
from tradedoor.handouts.template_check import checked_template
from tradedoor.handouts.word import word_file
from tradedoor.stores.models import Store

LONGEST_NAME = 150
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def upload_template(store: Store, file: IO[bytes], *, name: str, actor: Actor) -> HandoutTemplate:
    """The store's hand-outs are made from this Word file from now on, in place of any before.

    What is kept is packed anew from the parts that were checked. Raises `NotAllowed` and `BadTemplate`, whose
    sentence says what to change.
    """
    require(actor, Permission.STORE_EDIT, stores=[store.pk])
    # Read and tried before the transaction begins, which may not last so long.
    parts = checked_template(file)
    try:
        word_file(parts, paper_of(store).example)
    except (KeyError, ValueError, AttributeError, TypeError) as no:
        # Sound by every rule above, and yet built in a way that nothing can be put into.
        raise BadTemplate(
            _("Nothing can be put into this document. Save it anew in Word."), code="unusable"
        ) from no
    content = write_package(parts)
    with transaction.atomic():
        Store.objects.select_for_update(no_key=True).get(pk=store.pk)
        former = HandoutTemplate.objects.filter(store=store).first()
        made = HandoutTemplate(
            store=store,
            name=_shown_name(name),
            size=len(content),
            uploaded_by_id=actor.login_id,
        )
        made.file.save(f"{uuid4().hex}.docx", ContentFile(content), save=False)
        if former is not None:
            _drop(former)
        made.save(force_insert=True)
        record(
            Event.TEMPLATE_SET, actor=actor, store_id=store.pk, data={"name": made.name, "size": made.size}
        )
    return made


@transaction.atomic
def restore_standard(store: Store, *, actor: Actor) -> None:
    """The store's hand-outs are made from the standard template again; nothing happens where they are.

    Raises `NotAllowed`.
    """
    require(actor, Permission.STORE_EDIT, stores=[store.pk])
    former = HandoutTemplate.objects.select_for_update().filter(store=store).first()
    if former is not None:
        _drop(former)
        record(Event.TEMPLATE_REMOVED, actor=actor, store_id=store.pk, data={"name": former.name})


def _drop(template: HandoutTemplate) -> None:
    file = str(template.file.name)
    HandoutTemplate.objects.filter(pk=template.pk).delete()
    transaction.on_commit(lambda: default_storage.delete(file))


def _shown_name(name: str) -> str:
    seen = "".join(letter for letter in PurePath(name).name if unicodedata.category(letter) not in UNSEEN)
    return seen[-LONGEST_NAME:] or "template.docx"
