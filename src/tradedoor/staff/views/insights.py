"""What happened in a store over the last month, drawn and told."""

from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tradedoor.access.insights import Funnel, SignIns, funnel_of, sign_ins_of
from tradedoor.staff.pages import Crumb, page
from tradedoor.staff.places import dashboard_of, store_here
from tradedoor.web.charts import bar_chart, funnel_chart
from tradedoor.web.formats import number
from tradedoor.web.requests import ActorRequest


@require_GET
def insights(request: ActorRequest, slug: str) -> HttpResponse:
    store = store_here(request, slug)
    sign_ins = sign_ins_of(store, actor=request.actor)
    funnel = funnel_of(store, actor=request.actor)
    context = {
        "sign_ins": sign_ins,
        "funnel": funnel,
        "sign_in_chart": bar_chart(
            [(date_format(day, "j M"), count) for day, count in sign_ins.days],
            title=_("How many sign-ins a day?"),
            name=_told_sign_ins(sign_ins),
            unit=_("Sign-ins"),
        ),
        "funnel_chart": funnel_chart(
            [
                (_("Invited"), funnel.invited),
                (_("Mail sent"), funnel.reached),
                (_("Link opened"), funnel.opened),
                (_("Joined"), funnel.joined),
            ],
            title=_("What became of invitations?"),
            name=_told_funnel(funnel),
            unit=_("People"),
        ),
        "told": _told_sign_ins(sign_ins),
        "told_funnel": _told_funnel(funnel),
        "crumbs": [Crumb(store.name, dashboard_of(store)), Crumb(_("Insights"))],
    }
    return page(request, "staff/access/insights.html", context, current="insights", store=store)


def _told_sign_ins(sign_ins: SignIns) -> str:
    told = ngettext(
        "%(n)s sign-in in the last 30 days, today included.",
        "%(n)s sign-ins in the last 30 days, today included.",
        sign_ins.total,
    ) % {"n": number(sign_ins.total)}
    if sign_ins.change is None:
        return told
    compared = _("%(before)s in the 30 days before.") % {"before": number(sign_ins.before)}
    return f"{told} {compared}"


def _told_funnel(funnel: Funnel) -> str:
    if not funnel.invited:
        return _("Nobody was invited in the last 30 days.")
    return ngettext(
        "Of %(n)s person invited in the last 30 days, %(joined)s joined.",
        "Of %(n)s people invited in the last 30 days, %(joined)s joined.",
        funnel.invited,
    ) % {"n": number(funnel.invited), "joined": number(funnel.joined)}
