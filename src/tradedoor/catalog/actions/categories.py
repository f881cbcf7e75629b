"""Making and changing categories."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tradedoor.audit.record import record
from tradedoor.catalog.events import Event
from tradedoor.catalog.imports.known import paths_of
from tradedoor.catalog.models import Category
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict, Invalid
from tradedoor.core.permissions import Permission, require


@transaction.atomic
def create_category(
    name: str, *, actor: Actor, parent: Category | None = None, position: int = 0
) -> Category:
    """Make a category below `parent`. Raises `NotAllowed`, `Invalid` without a name, `Conflict` if it is there."""
    require(actor, Permission.CATALOG_EDIT)
    name = _named(name)
    slug = paths_of([name])[0]
    path = f"{parent.path}/{slug}" if parent else slug
    try:
        with transaction.atomic():
            category = Category.objects.create(
                name=name, slug=slug, path=path, parent=parent, position=position
            )
    except IntegrityError as error:
        raise Conflict(
            _("There is a category %(name)s already.") % {"name": name}, code="category_taken"
        ) from error
    record(Event.CATEGORY_CREATED, actor=actor, data={"category_id": category.pk, "path": path})
    return category


@transaction.atomic
def rename_category(category: Category, *, actor: Actor, name: str, position: int | None = None) -> Category:
    """Give a category another name; its address stays, so that bookmarks and imports go on finding it."""
    require(actor, Permission.CATALOG_EDIT)
    before = category.name
    category.name = _named(name)
    category.position = category.position if position is None else position
    category.save(update_fields=["name", "position"])
    record(
        Event.CATEGORY_UPDATED,
        actor=actor,
        data={"category_id": category.pk, "name": {"old": before, "new": category.name}},
    )
    return category


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= 120:  # noqa: PLR2004 - the column's room
        raise Invalid(_("Give the category a name of at most 120 characters."), code="bad_name", field="name")
    return name
