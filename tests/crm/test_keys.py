"""How typed names are tidied and compared."""

import pytest

from tradedoor.crm.keys import one_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Anna \t Lind\r\nBcc: x", "Anna Lind Bcc: x"),
        ("An\x00na\x1b[31m", "An na [31m"),
        ("Acme\u200b", "Acme"),
        ("Acme \u202egnp.exe", "Acme gnp.exe"),
        ("\ufeffSoft\u00adware", "Software"),
        ("Line\u2028break", "Line break"),
        ("Noé Königs", "Noé Königs"),
        # Joiners are part of how these are written.
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
    ],
)
def test_a_name_keeps_what_is_seen_and_nothing_else(typed: str, kept: str) -> None:
    assert one_line(typed) == kept
