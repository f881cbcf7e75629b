"""The token of a one-time link, worked out anew each time it is needed, because it is kept nowhere."""

import base64
import hmac

from django.conf import settings

from tradedoor.accounts.models import OneTimeLink


def token_of(link: OneTimeLink) -> str:
    """The token of a link, 256 bits in base64url: what stands in the mailed address."""
    message = f"{link.purpose}:{link.pk}:".encode() + bytes(link.nonce)
    digest = hmac.digest(settings.TRADEDOOR_LINK_KEY.encode(), message, "sha256")
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")
