"""What is refused to those who come in by an eStore link, and to the staff who hand it out."""

from django.utils.translation import gettext_lazy as _

from tradedoor.core.errors import Conflict, NotFound


class NoSuchLink(NotFound):
    code = "no_estore_link"
    sentence = _("There is no such eStore link.")


class NoLinkHere(Conflict):
    """A store dedicated to another customer, or a customer that is archived, has no link to be handed out."""

    code = "no_link_here"
    sentence = _(
        "This customer has no link to this store: it is archived, or the store is dedicated to another."
    )
