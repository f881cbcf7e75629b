"""The code of an eStore link, worked out anew each time it is shown, because it is kept nowhere (REG-01).

It is printed on paper and typed by hand: small letters and digits, none of which is taken for another.
"""

import hashlib
import hmac

from django.conf import settings

from tradedoor.registration.models import EstoreLink
from tradedoor.stores.urls import public_url

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
BITS_EACH = 5
BITS = 130  # 26 signs; at least 128 are asked for
LOOK_ALIKES = str.maketrans("ilo", "110", "- \t")
LONGEST = 64


def code_of(link: EstoreLink) -> str:
    """What stands in the address of the link."""
    message = f"estore:{link.store_id}:{link.customer_id}:".encode() + bytes(link.nonce)
    digest = hmac.new(settings.TRADEDOOR_LINK_KEY.encode(), message, hashlib.sha256).digest()
    number = int.from_bytes(digest, "big") >> (len(digest) * 8 - BITS)
    places = range(BITS - BITS_EACH, -1, -BITS_EACH)
    return "".join(ALPHABET[number >> place & (len(ALPHABET) - 1)] for place in places)


def hash_of(code: str) -> str:
    """By which a link is found; a code that was typed with an O for a nought is found all the same."""
    typed = code[:LONGEST].lower().translate(LOOK_ALIKES)
    return hashlib.sha256(typed.encode(errors="replace")).hexdigest()


def estore_url(link: EstoreLink) -> str:
    """The whole address of an eStore link, as it is copied, mailed and printed. Its store is loaded."""
    return public_url(link.store, f"link/{code_of(link)}/")
