"""What a search finds: people and companies by the CRM, stores and pages by their names."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from tradedoor.core.actor import Actor
from tradedoor.core.permissions import Permission
from tradedoor.core.search import fold
from tradedoor.crm.queries import quick_search
from tradedoor.stores.queries import stores

MOST = 8


@dataclass(frozen=True, slots=True)
class Hit:
    label: str
    href: str
    icon: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    hits: list[Hit]


def found(actor: Actor, text: str) -> list[Group]:
    """What the actor may see and that fits `text`, kind by kind; for nothing the pages they may go to."""
    groups: list[Group] = []
    if text and actor.can(Permission.CRM_READ):
        by_crm = quick_search(actor, text, limit=MOST)
        groups += [
            Group(
                _("Customers"),
                [
                    Hit(row.name, reverse("staff:customer", args=[row.public_id]), "building-2", row.code)
                    for row in by_crm.customers
                ],
            ),
            Group(
                _("Contacts"),
                [
                    Hit(
                        str(row),
                        reverse("staff:contact", args=[row.public_id]),
                        "contact-round",
                        " · ".join(part for part in (row.customer.name, row.email) if part),
                    )
                    for row in by_crm.contacts
                ],
            ),
        ]
    wanted = fold(text)
    if actor.can(Permission.STORE_READ):
        fitting = [store for store in stores(actor) if wanted in fold(f"{store.name} {store.slug}")]
        groups.append(
            Group(
                _("Stores"),
                [
                    Hit(
                        store.name,
                        reverse("staff:dashboard", args=[store.slug]),
                        "store",
                        f"/s/{store.slug}/",
                    )
                    for store in fitting[:MOST]
                ],
            )
        )
    if (
        text
        and actor.can(Permission.ACCESS_READ)
        and ("@" in text or any(group.hits for group in groups[1:2]))
    ):
        asked = reverse("staff:access-why", query={"q": text})
        why = Hit(_("Why can't they sign in?"), asked, "circle-question-mark", text)
        groups.append(Group(_("Actions"), [why]))
    groups.append(Group(_("Pages"), [hit for hit in _pages(actor) if wanted in fold(hit.label)]))
    return [group for group in groups if group.hits]


def _pages(actor: Actor) -> Iterator[Hit]:
    if actor.can(Permission.CRM_READ):
        yield Hit(_("View Customers"), reverse("staff:customers"), "building-2")
        yield Hit(_("Contacts"), reverse("staff:contacts"), "contact-round")
    if actor.can(Permission.CRM_EDIT):
        yield Hit(_("Add a customer"), reverse("staff:customer-add"), "plus")
        yield Hit(_("Add Contact"), reverse("staff:contact-add"), "plus")
    if actor.can(Permission.CRM_IMPORT):
        yield Hit(_("Import customers and contacts"), reverse("staff:import"), "upload")
    if actor.can(Permission.ACCESS_READ):
        yield Hit(_("Access in all stores"), reverse("staff:access"), "users-round")
        yield Hit(_("Why can't they sign in?"), reverse("staff:access-why"), "circle-question-mark")
    if actor.can(Permission.CATALOG_READ):
        yield Hit(_("Catalogue"), reverse("staff:products"), "package")
    if actor.can(Permission.AUDIT_READ):
        yield Hit(_("Activity"), reverse("staff:activity"), "activity")
    if actor.can(Permission.MAIL_READ):
        yield Hit(_("Captured mail"), reverse("staff:mail"), "mail-open")
    yield Hit(_("Jobs"), reverse("staff:jobs"), "refresh-cw")
    if actor.can(Permission.STAFF_READ):
        yield Hit(_("Staff"), reverse("staff:staff"), "shield-user")
    if actor.can(Permission.STORE_CREATE):
        yield Hit(_("Add a store"), reverse("staff:store-add"), "plus")
    yield Hit(_("Your account"), reverse("staff:account"), "user-round")
    yield Hit(_("Help"), reverse("staff:help"), "life-buoy")
