"""What is refused to those who come in by an eStore link, and to the staff who hand it out."""

from django.utils.translation import gettext_lazy as _

from tradedoor.core.errors import Conflict, Invalid, NotFound


class NoSuchLink(NotFound):
    code = "no_estore_link"
    sentence = _("There is no such eStore link.")


class NoLinkHere(Conflict):
    """A store dedicated to another customer, or a customer that is archived, has no link to be handed out."""

    code = "no_link_here"
    sentence = _(
        "This customer has no link to this store: it is archived, or the store is dedicated to another."
    )


class RegistrationOff(NotFound):
    """There is nothing to register at here: the store says so, or the visitor came by no link that does."""

    code = "registration_off"
    sentence = _("There is no registration here.")


class DomainRefused(Invalid):
    """The store or the link takes other mail domains. Says nothing of whether the address is known."""

    code = "domain_refused"
    sentence = _(
        "People with this kind of address cannot register here. Use your company address, or call us."
    )


class RegistrationShut(Conflict):
    """The link was genuine, and registers nobody any more."""

    code = "registration_shut"
    sentence = _("The link you came by does not register people any more. Ask for the present one.")


class EmailChanging(Conflict):
    """The hour of an email change protects its owner; a registration must not shorten it (product.md section 8)."""

    code = "email_changing"
    sentence = _("Your email is just being changed in our records. Come back to this link in an hour.")


class DeclinedForGood(Conflict):
    """Declined once, sent again, declined again."""

    code = "declined_for_good"
    sentence = _("Your request was declined. If you think that is wrong, call us.")


class RulesChanged(Conflict):
    """Somebody else saved in between."""

    code = "stale"
    sentence = _(
        "Somebody else changed these settings in the meantime. Load the page again and repeat your change."
    )


class NoSuchRequest(NotFound):
    code = "no_request"
    sentence = _("There is no such request.")
