"""That somebody has just proven the password of a login with an open invitation: signed, for a quarter of an hour."""

from uuid import UUID

from django.core import signing

from tradedoor.stores.models import Store

SALT = "tradedoor.storefront.pending"
LIFE_SECONDS = 15 * 60


def proof_of_pending(access: object, *, store: Store) -> str:
    """A text for a hidden field that stands for the access; empty where none is known."""
    return signing.dumps([str(access), store.pk], salt=SALT) if access else ""


def pending_of(proof: str, *, store: Store) -> UUID | None:
    """The access that a proof stands for at this store, or None."""
    try:
        public_id, store_id = signing.loads(proof, salt=SALT, max_age=LIFE_SECONDS)
        return UUID(public_id) if store_id == store.pk else None
    except (signing.BadSignature, TypeError, ValueError):
        return None
