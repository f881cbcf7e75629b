"""Store settings, Hand-out: the template behind it, a store's own or the standard one."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.handouts.actions.handing_out import example_handout
from tradedoor.handouts.actions.templates import restore_standard, upload_template
from tradedoor.handouts.making import WORD_TYPE, Kind, MadeFile
from tradedoor.handouts.placeholders import PLACEHOLDERS
from tradedoor.handouts.queries import own_template, sample_template, template_of
from tradedoor.staff.forms.stores import HandoutForm
from tradedoor.staff.pages import page
from tradedoor.staff.places import store_here
from tradedoor.staff.refusing import add_refusal
from tradedoor.staff.views.customer_estore import as_download
from tradedoor.staff.views.store_settings import settings_frame
from tradedoor.stores.models import Store
from tradedoor.web.notices import notify
from tradedoor.web.requests import ActorRequest

SECTION = "store-handout"


@require_http_methods(["GET", "HEAD", "POST"])
def handout(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    form = HandoutForm()
    if request.method == "POST":
        require(request.actor, Permission.STORE_EDIT, stores=[store.pk])
        form = HandoutForm(request.POST, request.FILES)
        if form.is_valid() and _is_uploaded(request, store, form):
            notify(request, _("Hand-outs are made from your template now."))
            return redirect("staff:store-handout", store.slug)
    context = {
        **settings_frame(request, store, SECTION),
        "form": form,
        "template": template_of(store, actor=request.actor),
        "placeholders": [(f"{{{{ {name} }}}}", what) for name, what in PLACEHOLDERS.items()],
    }
    status = 422 if form.errors else 200
    return page(request, "staff/stores/handout.html", context, current="settings", store=store, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: ActorRequest, slug: str) -> HttpResponse:
    """Ask, and then go back to the standard template: the uploaded file is gone for good."""
    store = store_here(request, slug)
    require(request.actor, Permission.STORE_EDIT, stores=[store.pk])
    here = reverse("staff:store-handout", args=[store.slug])
    if request.method == "POST":
        restore_standard(store, actor=request.actor)
        notify(request, _("Hand-outs are made from the standard template again."))
        return redirect(here)
    context = {
        "title": _("Restore the standard template?"),
        "body": _("Your own template is deleted here. Hand-outs that were made from it stay as they are."),
        "verb": _("Restore default"),
        "cancel_url": here,
        "crumbs": settings_frame(request, store, SECTION)["crumbs"],
    }
    return page(request, "web/confirm.html", context, current="settings", store=store)


@require_GET
def sample(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    return as_download(MadeFile("sample.docx", sample_template(store, actor=request.actor), WORD_TYPE))


@require_GET
def own(request: ActorRequest, slug: str) -> HttpResponse:
    """The store's own template, or the standard one where it has none any more."""
    store = store_here(request, slug)
    content = own_template(store, actor=request.actor) or sample_template(store, actor=request.actor)
    return as_download(MadeFile("template.docx", content, WORD_TYPE))


@require_GET
def example(request: ActorRequest, slug: str) -> HttpResponse:
    return as_download(example_handout(store_here(request, slug), kind=Kind.WORD, actor=request.actor))


@require_GET
def example_pdf(request: ActorRequest, slug: str) -> HttpResponse:
    return as_download(example_handout(store_here(request, slug), kind=Kind.PDF, actor=request.actor))


def _is_uploaded(request: ActorRequest, store: Store, form: HandoutForm) -> bool:
    file = form.cleaned_data["template"]
    try:
        upload_template(store, file, name=file.name, actor=request.actor)
    except Invalid as refusal:
        add_refusal(form, refusal)
        return False
    return True
