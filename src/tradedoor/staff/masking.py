"""Addresses on pages that strangers may see (TOK-11)."""


def masked(address: str) -> str:
    """The address with all but the first letter of its local part hidden: `a***@x.example`."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"
