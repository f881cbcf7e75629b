"""The help pages there are. Their texts are the templates `staff/desk/help/<slug>.html`."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Topic:
    title: str | Promise
    lead: str | Promise
    icon: str


HELP: Mapping[str, Topic] = {
    "import": Topic(
        _("Import customers and contacts"), _("From a file of your CRM, shop or spreadsheet."), "upload"
    ),
    "contacts": Topic(
        _("Add a customer and its contacts"),
        _("Companies, departments and people, by hand."),
        "contact-round",
    ),
    "invite": Topic(_("Invite contacts to a store"), _("From picking people to Join Now."), "send"),
    "login-details": Topic(
        _("Make login details yourself"), _("A temporary password, or a link to choose one."), "key-round"
    ),
    "registration": Topic(
        _("Let people register"), _("eStore links, who may come in, and Requests."), "user-plus"
    ),
    "estore": Topic(
        _("Hand out a customer's eStore link"), _("By mail, on paper, or for many at once."), "qr-code"
    ),
    "company-admins": Topic(
        _("Company admins"), _("Customers who look after their own people in a store."), "id-card"
    ),
    "deactivate": Topic(
        _("Deactivate and re-enable"), _("Shut somebody out at once, and let them back in."), "user-x"
    ),
    "emails": Topic(
        _("When an email changes"), _("From the CRM to the sign-in, and “This wasn't me”."), "mail"
    ),
    "sign-in": Topic(
        _("When somebody cannot sign in"), _("What to look at, in which order."), "circle-question-mark"
    ),
    "errors": Topic(
        _("Put errors right"), _("What each reason on Error means, and its fix."), "circle-alert"
    ),
    "stores": Topic(_("Set up a store"), _("Name, look, details, switching off."), "store"),
    "catalogue": Topic(_("Fill the catalogue"), _("Import products and publish them."), "package"),
    "mail": Topic(_("Mail: captured, sent, stuck"), _("What became of a mail, and why."), "mail-open"),
    "mailouts": Topic(
        _("Send mail-outs"), _("Who gets them, the file, Mailchimp, and leaving."), "megaphone"
    ),
    "activity": Topic(
        _("See what happened, and take it away"), _("Activity, its filters, and the file."), "activity"
    ),
    "jobs": Topic(_("Watch a job"), _("Progress, Stop, Resume and the result file."), "refresh-cw"),
    "staff": Topic(
        _("Let colleagues work here"), _("Invite staff, roles, signing in without a password."), "shield-user"
    ),
    "backup": Topic(_("Back up"), _("What to copy so that nothing is lost."), "archive"),
}
