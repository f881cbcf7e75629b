"""What stores refuse."""

from django.utils.translation import gettext_lazy as _

from tradedoor.core.errors import Conflict, Invalid, NotFound


class StoreNotFound(NotFound):
    code = "store_not_found"
    sentence = _("There is no such store.")


class StoreChanged(Conflict):
    """Somebody else saved in between."""

    code = "stale"
    sentence = _(
        "Somebody else changed this store in the meantime. Load the page again and repeat your change."
    )


class SlugTaken(Invalid):
    code = "slug_taken"
    sentence = _("Another store has this address, or had it before.")


class BadImage(Invalid):
    code = "bad_image"
    sentence = _("This file is no picture that can be used. Give a PNG, JPEG or WebP file.")
