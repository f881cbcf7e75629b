"""The one secret an outbox may hold for a moment: encrypted for its own mail, erased once that is handed over.

A link is worked out from the row and a key (TOK-01); a temporary password cannot be, so it travels with the row.
The key is derived from the secret key, which is not in the database, and the sealed text opens in its own row only.
"""

import os
from base64 import b64decode, b64encode
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

# Stands in a captured mail where the secret belongs; letters for private use, which nobody types.
PLACE = "\ue000secret\ue000"
KEY_BYTES, NONCE_BYTES = 32, 12
PURPOSE = b"tradedoor.mail.sealed"


class Unsealable(Exception):  # noqa: N818 - reads as what it says
    """The text was sealed with a key that is known no more, for another mail, or not at all."""


def seal(secret: str, *, mail: UUID) -> str:
    """The secret as the row of this mail may hold it."""
    nonce = os.urandom(NONCE_BYTES)
    return b64encode(
        nonce + _cipher(settings.SECRET_KEY).encrypt(nonce, secret.encode(), mail.bytes)
    ).decode()


def unseal(sealed: str, *, mail: UUID) -> str:
    """What was sealed for this mail, also under a former secret key. Raises `Unsealable`."""
    packed = b64decode(sealed)
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _cipher(key).decrypt(packed[:NONCE_BYTES], packed[NONCE_BYTES:], mail.bytes).decode()
        except InvalidTag:
            continue
    raise Unsealable


@lru_cache(maxsize=8)
def _cipher(key: str) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=PURPOSE).derive(key.encode()))
