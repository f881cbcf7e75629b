"""What stands on a hand-out, said once for Word, PDF and paper."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Handout:
    """How the people of one customer get into one store. Equal facts make equal files, byte for byte."""

    store: str
    customer: str
    link: str
    language: str = "en"
    brand: str = "#1f3a8a"
    logo: bytes | None = None  # PNG
    phone: str = ""
    email: str = ""
    address: str = ""
    # Whether the link registers people; otherwise it only leads to sign-in.
    registers: bool = True
    # Whether somebody decides before a new person gets in.
    is_approved: bool = False
    # Whether the mailbox is proven before a password is chosen.
    confirms_first: bool = True
