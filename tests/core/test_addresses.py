import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradedoor.core.addresses import (
    SENTENCES,
    canonical,
    display_form,
    domain_of,
    masked,
    sending_form,
)
from tradedoor.core.errors import Invalid

ZERO_WIDTH = "\u200b"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ann@acme.example", "ann@acme.example"),
        ("  Ann.B@ACME.example\t\r\n", "ann.b@acme.example"),
        ("ann+tag@acme.example", "ann+tag@acme.example"),
        ("a.n.n@acme.example", "a.n.n@acme.example"),
        ("o'neil=x@acme.example", "o'neil=x@acme.example"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@bu\u0308cher.example", "ann@xn--bcher-kva.example"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("ann@ａcme.example", "ann@acme.example"),
        ("ann@acme。example", "ann@acme.example"),
        ("ann@a.b.c.acme.example", "ann@a.b.c.acme.example"),
        ("1@2.example", "1@2.example"),
    ],
)
def test_one_address_has_one_canonical_form_however_it_is_typed(typed: str, expected: str) -> None:
    assert canonical(typed) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize(
    ("typed", "cause"),
    [
        ("", "empty"),
        (" \t ", "empty"),
        ("ann", "no_at"),
        ("ann@@acme.example", "no_at"),
        ("ann＠acme.example", "no_at"),
        ("ann@acme.example@evil.example", "no_at"),
        (f"ann@acme.example{ZERO_WIDTH}", "unseen"),
        (f"{ZERO_WIDTH}ann@acme.example", "unseen"),
        (f"an{ZERO_WIDTH}n@acme.example", "unseen"),
        ("ann\u202e@acme.example", "unseen"),
        ("ann\xad@acme.example", "unseen"),
        ("ann\ufeff@acme.example", "unseen"),
        ("ann\x00@acme.example", "unseen"),
        ("ann@acme.example\nBcc: eve@evil.example", "unseen"),
        ("ann@acme.example\u2028", "unseen"),
        ("ann\xa0@acme.example", "unseen"),
        ("ann b@acme.example", "unseen"),
        ('"ann b"@acme.example', "quoted"),
        ("Ann <ann@acme.example>", "quoted"),
        ("ann(comment)@acme.example", "quoted"),
        ("ann@acme.example,eve@evil.example", "several"),
        ("ann@acme.example;eve@evil.example", "several"),
        ("ann@[127.0.0.1]", "literal"),
        ("ann@[IPv6:::1]", "literal"),
        ("ann@127.0.0.1", "literal"),
        ("ann@localhost", "single"),
        ("ann@acme.example.", "domain"),
        ("ann@.acme.example", "domain"),
        ("ann@acme..example", "domain"),
        ("ann@-acme.example", "domain"),
        ("ann@ac_me.example", "domain"),
        ("ann@xn--a.example", "domain"),
        ("ann@℀.example", "domain"),
        ("ann@", "domain"),
        ("=?utf-8?q?admin?=@evil.example", "encoded"),
        ("=?utf-8?q?admin=40acme.example=3e=20?=foo@evil.example", "encoded"),
        ("ann%acme.example@evil.example", "routing"),
        ("evil!ann@acme.example", "routing"),
        ("änn@acme.example", "letters"),
        ("\u212aate@acme.example", "letters"),
        ("аnn@acme.example", "letters"),
        ("@acme.example", "local"),
        (".ann@acme.example", "local"),
        ("ann.@acme.example", "local"),
        ("an..n@acme.example", "local"),
        ("a" * 65 + "@acme.example", "long"),
        ("ann@" + ".".join(["a" * 60] * 5) + ".example", "domain"),
        ("a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".example", "long"),
    ],
)
def test_what_could_be_read_as_another_address_is_refused_with_its_cause(typed: str, cause: str) -> None:
    with pytest.raises(Invalid) as refusal:
        canonical(typed)

    assert refusal.value.code == "bad_email"
    assert refusal.value.data["cause"] == cause
    assert str(refusal.value) == SENTENCES[cause]


def test_the_spelling_is_kept_for_display_and_for_sending() -> None:
    assert display_form(" Ann.B@BÜCHER.example ") == "Ann.B@bücher.example"
    assert sending_form(" Ann.B@BÜCHER.example ") == "Ann.B@xn--bcher-kva.example"
    assert domain_of("Ann@ACME.example") == "acme.example"


def test_a_mask_shows_one_letter_and_the_domain() -> None:
    assert masked("ann@acme.example") == "a***@acme.example"
    assert masked("a@acme.example") == "a***@acme.example"


LOCALS = st.text(string.ascii_letters + string.digits + "._+-'=?%!", min_size=1, max_size=70)
LABELS = st.text(string.ascii_letters + string.digits + "-üßК。_", min_size=1, max_size=20)
DOMAINS = st.lists(LABELS, min_size=1, max_size=4).map(".".join)


def canonical_or_nothing(typed: str) -> str | None:
    """The canonical form, or None for a proper refusal; anything else raised is a failure."""
    try:
        return canonical(typed)
    except Invalid:
        return None


@given(st.builds("{}@{}".format, LOCALS, DOMAINS))
def test_the_canonical_form_is_plain_small_and_its_own_canonical_form(typed: str) -> None:
    form = canonical_or_nothing(typed)
    if form is None:
        return

    assert form.isascii()
    assert form == form.lower()
    assert canonical(form) == form
    assert canonical(typed.upper() if typed.isascii() else typed) == form
    assert canonical(display_form(typed)) == form
    assert canonical(sending_form(typed)) == form


@given(st.text(max_size=40))
def test_no_text_at_all_breaks_it(typed: str) -> None:
    form = canonical_or_nothing(typed)

    assert form is None or form.count("@") == 1


@pytest.fixture
def letters_allowed(settings: Any) -> None:
    settings.TRADEDOOR_SMTPUTF8 = True


@pytest.mark.usefixtures("letters_allowed")
def test_letters_beyond_ascii_have_one_canonical_form_where_they_are_switched_on() -> None:
    composed, typed_apart = "JÉsus0@acme.example", "Je\u0301sus0@ACME.example"

    assert canonical(composed) == canonical(typed_apart) == "jésus0@acme.example"
    assert sending_form(typed_apart) == "Jésus0@acme.example"


@pytest.mark.usefixtures("letters_allowed")
@pytest.mark.parametrize(
    ("typed", "cause"),
    [
        ("\u212aate@acme.example", "letters"),  # the Kelvin sign
        ("ａnn@acme.example", "letters"),  # a wide letter
        ("ﬁnn@acme.example", "letters"),  # a ligature
        ("an😀n@acme.example", "letters"),
        ("аnn@acme.example", "scripts"),  # a Cyrillic letter among Latin ones
        ("é" * 33 + "@acme.example", "long"),  # 66 octets
        ("é=?utf-8?q?x?=@acme.example", "encoded"),
    ],
)
def test_a_twin_of_an_address_is_refused_also_where_letters_are_switched_on(typed: str, cause: str) -> None:
    with pytest.raises(Invalid) as refusal:
        canonical(typed)

    assert refusal.value.data["cause"] == cause
