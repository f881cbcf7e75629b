"""The look of a store, words, colours and pictures, set in one step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from django.db import transaction

from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.stores.actions.stores import set_banner, set_logo, update_store
from tradedoor.stores.models import Store
from tradedoor.stores.pictures import BANNER, LOGO, Frame, redrawn


@dataclass(frozen=True, slots=True)
class Picture:
    """What becomes of a picture: a new file, none at all (`remove`), or it stays as it is."""

    file: IO[bytes] | None = None
    remove: bool = False


STAYS = Picture()


def change_look(
    store: Store,
    values: Mapping[str, Any],
    *,
    version: int,
    actor: Actor,
    logo: Picture = STAYS,
    banner: Picture = STAYS,
) -> Store:
    """As `update_store`, and set or remove the pictures: all of it, or nothing where anything is wrong.

    Raises as `update_store`, and `BadImage` whose `field` says which picture it is about.
    """
    require(actor, Permission.STORE_EDIT, stores=[store.pk])
    # The large files are read before the transaction begins; what is drawn again inside it is small.
    new_logo = _drawn(logo, "logo", LOGO)
    new_banner = _drawn(banner, "banner", BANNER)
    with transaction.atomic():
        changed = update_store(store, values, version=version, actor=actor)
        if new_logo is not None or (logo.remove and store.logo):
            set_logo(changed, new_logo, actor=actor)
        if new_banner is not None or (banner.remove and store.banner):
            set_banner(changed, new_banner, actor=actor)
    return changed


def _drawn(picture: Picture, field: str, frame: Frame) -> IO[bytes] | None:
    if picture.file is None:
        return None
    try:
        return redrawn(picture.file, frame=frame).file
    except Invalid as refusal:
        refusal.field = field
        raise
