"""Lists of contacts: of all customers, and of one; exported, and archived many at once."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tradedoor.access.actions.crm import archive_contacts, restore_contacts
from tradedoor.core.errors import Conflict
from tradedoor.core.permissions import Permission, require
from tradedoor.core.search import fold, matching, matching_along, matching_few
from tradedoor.crm.actions.exports import export_contacts
from tradedoor.crm.keys import code_key
from tradedoor.crm.models import Contact, Customer
from tradedoor.crm.queries import ContactFilter, contacts, customer_for, departments_of
from tradedoor.staff.consequences import ending_of_contacts
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.views.customer_bulk import BATCH, MOST, carried
from tradedoor.staff.views.customer_record import record_page
from tradedoor.staff.views.customers import ARCHIVED, as_file, asked_of, everything
from tradedoor.web.formats import number
from tradedoor.web.lists import Filter, ListSpec, Sort, build_list, select_rows
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

Rows = QuerySet[Contact]
MOST_NAMED = 5
YES_NO = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]


def _of_customer(rows: Rows, typed: str) -> Rows:
    return rows.filter(Q(customer__code_key=code_key(typed)) | Q(customer__sort_name__contains=fold(typed)))


def _in_department(rows: Rows, typed: str) -> Rows:
    return rows.filter(department__name_key__contains=fold(typed))


def _with_email(rows: Rows, value: str) -> Rows:
    if value == "malformed":
        return rows.filter(email_canonical="").exclude(email="")
    return rows.filter(email="")


NAME = Sort(gettext_lazy("Name"), "sort_name", walked=True)
NEW = Sort(gettext_lazy("Newest first"), "-created_at")
SUBSCRIBED = Filter(
    "subscribed",
    gettext_lazy("Subscribed User"),
    lambda rows, value: rows.filter(subscribed=value == "yes"),
    options=YES_NO,
)
EMAIL = Filter(
    "email",
    gettext_lazy("Email"),
    _with_email,
    options=[("none", gettext_lazy("No email")), ("malformed", gettext_lazy("Malformed email"))],
)
ALL_CONTACTS = ListSpec(
    sorts={"name": NAME, "customer": Sort(gettext_lazy("Customer"), "by_customer"), "new": NEW},
    filters=[
        Filter("customer", gettext_lazy("Customer"), _of_customer),
        Filter("department", gettext_lazy("Department"), _in_department),
        SUBSCRIBED,
        EMAIL,
        ARCHIVED,
    ],
    search=matching,
    search_few=matching_few,
    search_along=matching_along,
)


def _spec_of(request: ActorRequest, customer: Customer) -> ListSpec:
    own = [(row.public_id, row.name) for row in departments_of(customer, actor=request.actor)]
    department = Filter(
        "department",
        gettext_lazy("Department"),
        lambda rows, value: rows.filter(department__public_id=value),
        options=own,
    )
    return ListSpec(
        sorts={"name": NAME, "new": NEW}, filters=[department, SUBSCRIBED, EMAIL, ARCHIVED], search=matching
    )


def _rows(request: ActorRequest, asked: Mapping[str, str], customer: Customer | None = None) -> Rows:
    narrowed = ContactFilter(
        customer_id=customer.pk if customer else None, archived=asked.get("archived") == "yes"
    )
    return contacts(request.actor, narrowed=narrowed).annotate(by_customer=F("customer__sort_name"))


@require_GET
def contact_list(request: ActorRequest) -> HttpResponse:
    context = {
        "page": build_list(request.GET, ALL_CONTACTS, _rows(request, request.GET)),
        "crumbs": [Crumb(_("Contacts"))],
        **_frame(request, customer=None),
    }
    if request.htmx.target == "contacts":
        response = render(request, "staff/crm/contacts/_table.html", context)
    else:
        response = page(request, "staff/crm/contacts/list.html", context, current="contacts")
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
def customer_contacts(request: ActorRequest, public_id: UUID) -> HttpResponse:
    found = customer_for(public_id, actor=request.actor)
    rows = _rows(request, request.GET, found)
    context = {
        "page": build_list(request.GET, _spec_of(request, found), rows),
        **_frame(request, customer=found),
    }
    if request.htmx.target == "contacts":
        response = render(request, "staff/crm/contacts/_table.html", context)
    else:
        response = record_page(
            request, found, "staff/crm/customers/contacts.html", context, tab="contacts", title=_("Contacts")
        )
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
def contacts_bulk(request: ActorRequest) -> HttpResponse:
    """Archive, after a page that says which accesses end, or restore what was chosen."""
    require(request.actor, Permission.CRM_EDIT)
    rows = list(chosen_contacts(request)[: MOST + 1])
    if len(rows) > MOST:
        raise Conflict(
            _("That are more than %(most)s contacts at once. Narrow the list first.")
            % {"most": number(MOST)},
            code="too_many",
        )
    act = request.POST.get("do", "")
    if not rows or act not in {"archive", "restore"}:
        return redirect(_list_url(request))
    if act == "archive" and "sure" not in request.POST:
        return _ask_to_archive(request, rows)
    write = archive_contacts
    if act == "restore":
        write, rows = restore_contacts, _of_living_customers(request, rows)
    parts = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
    changed = sum(len(write(part, actor=request.actor)) for part in parts)
    text = (
        ngettext("%(n)s contact is archived.", "%(n)s contacts are archived.", changed)
        if act == "archive"
        else ngettext("%(n)s contact is back.", "%(n)s contacts are back.", changed)
    )
    if changed or act == "archive":
        notify(request, text % {"n": number(changed)})
    return redirect(_list_url(request))


@require_http_methods(["GET", "HEAD", "POST"])
def contacts_export(request: ActorRequest) -> StreamingHttpResponse:
    """The list as it is narrowed, or of it those whose boxes are ticked, as CSV."""
    if request.method == "POST":
        chosen, asked = chosen_contacts(request), asked_of(request)
    else:
        asked = request.GET
        customer = _customer_in(request, asked)
        spec = _spec_of(request, customer) if customer else ALL_CONTACTS
        chosen = select_rows(everything(request), spec, _rows(request, asked, customer))
    narrowed = ContactFilter(archived=asked.get("archived") == "yes")
    found = export_contacts(request.actor, narrowed=narrowed, ids=chosen.order_by().values("pk"))
    return as_file(found, "contacts")


def chosen_contacts(request: ActorRequest) -> Rows:
    """What a bulk form chose, of all contacts or of one customer's, as the form says."""
    customer = _customer_in(request, request.POST)
    spec = _spec_of(request, customer) if customer else ALL_CONTACTS
    return select_rows(request.POST, spec, _rows(request, asked_of(request), customer), key="public_id")


def _customer_in(request: ActorRequest, data: Mapping[str, str]) -> Customer | None:
    of = data.get("of", "")
    return customer_for(of, actor=request.actor) if of else None


def _ask_to_archive(request: ActorRequest, rows: list[Contact]) -> HttpResponse:
    count = {"n": number(len(rows))}
    title = ngettext("Archive %(n)s contact?", "Archive %(n)s contacts?", len(rows)) % count
    context: dict[str, Any] = {
        "title": title,
        "verb": ngettext("Archive %(n)s contact", "Archive %(n)s contacts", len(rows)) % count,
        "lead": _("They leave every list and can be restored."),
        "ending": ending_of_contacts(request.actor, [row.pk for row in rows]),
        "hidden": [*carried(request), ("of", request.POST.get("of", "")), ("sure", "1")],
        "cancel_url": _list_url(request),
        "crumbs": [Crumb(_("Contacts"), reverse("staff:contacts")), Crumb(title)],
    }
    return page(request, "staff/crm/ending.html", context, current="contacts")


def _of_living_customers(request: ActorRequest, rows: list[Contact]) -> list[Contact]:
    """Those that can come back; who is left out because the customer is archived is said."""
    left = [row for row in rows if row.customer.archived_at is not None]
    if left:
        text = ngettext(
            "%(n)s contact stays archived, because the customer is archived. Restore it first: %(names)s.",
            "%(n)s contacts stay archived, because their customers are archived. Restore those first: %(names)s.",
            len(left),
        )
        names = sorted({row.customer.name for row in left})
        shown = [*names[:MOST_NAMED], "…"] if len(names) > MOST_NAMED else names
        messages.warning(request, text % {"n": number(len(left)), "names": ", ".join(shown)})
    return [row for row in rows if row.customer.archived_at is None]


def _list_url(request: ActorRequest) -> str:
    query = dict(asked_of(request).items())
    if of := request.POST.get("of", ""):
        return reverse("staff:customer-contacts", args=[of], query=query)
    return reverse("staff:contacts", query=query)


def _frame(request: ActorRequest, *, customer: Customer | None) -> dict[str, Any]:
    query = QueryDict(mutable=True)
    query.update(request.GET)
    if customer:
        query["of"] = str(customer.public_id)
    return {
        "actor": request.actor,
        "customer": customer,
        "is_archive": request.GET.get("archived") == "yes",
        "export_query": query.urlencode(),
        "may_invite": request.actor.can(Permission.ACCESS_INVITE),
    }
