"""Login details for the contacts chosen in a list of the CRM: a look at what would become of them, then a job."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tradedoor.access.actions.invitations import SEVERAL
from tradedoor.access.actions.many_logins import Foreseen, foresee, give_in_background
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Conflict
from tradedoor.core.permissions import Permission, require
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import NEXT, back_to
from tradedoor.staff.views.contacts import chosen_contacts
from tradedoor.staff.views.customer_bulk import carried
from tradedoor.stores.models import Store
from tradedoor.stores.queries import stores
from tradedoor.web.formats import number
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

UNPROCESSABLE = 422
MOST = 20_000  # the job carries them by name


@dataclass(frozen=True, slots=True)
class Choice:
    """A store to give login details for; of very many contacts what becomes of each is left to the job's result."""

    store: Store
    foreseen: Foreseen | None

    @property
    def is_possible(self) -> bool:
        return self.foreseen is None or self.foreseen.able > 0


@require_POST
def many(request: ActorRequest) -> HttpResponse:
    """Show what would become of those chosen; start the job once a store was chosen."""
    require(request.actor, Permission.ACCESS_DETAILS)
    back = back_to(request, otherwise=reverse("staff:contacts"))
    ids = list(chosen_contacts(request).order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if not ids:
        messages.warning(request, _("Nobody was chosen. Tick somebody first."))
        return redirect(back)
    if len(ids) > MOST:
        sentence = _("That are more than %(most)s contacts at once. Narrow the list first.")
        raise Conflict(sentence % {"most": number(MOST)}, code="too_many")
    mine = list(stores(request.actor))
    chosen = next((store for store in mine if store.slug == request.POST.get("store")), None)
    if chosen is not None:
        work = give_in_background(chosen, ids, actor=request.actor)
        notify(request, _("The mails are being made. Here is how far it is, and in the end the result."))
        return redirect("staff:job", work.public_id)
    title = ngettext("Login details for %(n)s contact", "Login details for %(n)s contacts", len(ids))
    context = {
        "title": title % {"n": number(len(ids))},
        "hidden": [*carried(request), ("of", request.POST.get("of", "")), (NEXT, back), ("asked", "1")],
        "choices": [_choice(store, ids, actor=request.actor) for store in mine],
        "problem": _("Choose the store.") if "asked" in request.POST else "",
        "back": back,
        "crumbs": [Crumb(_("Contacts"), reverse("staff:contacts")), Crumb(_("Login details"))],
    }
    status = UNPROCESSABLE if context["problem"] else 200
    return page(request, "staff/crm/contacts/details_many.html", context, current="contacts", status=status)


def _choice(store: Store, ids: Sequence[int], *, actor: Actor) -> Choice:
    return Choice(store, foresee(store, ids, actor=actor) if len(ids) <= SEVERAL else None)
