"""Logs hold no password, token or address, whatever went wrong (security.md AUD-02, TOK-10)."""

import logging
import logging.config
import sys
from collections.abc import Iterator, Sequence

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tradedoor.config.logs import logging_config, mask


def sign_in(email: str, password: str) -> None:
    raise RuntimeError("something of ours")


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_shows_no_variable_of_a_frame_aud_02(form: str) -> None:
    config = logging_config(form=form, level="info")["formatters"]["line"]
    formatter = config["()"](**{name: value for name, value in config.items() if name != "()"})
    try:
        sign_in("bea@acme.example", "seven green kettles".upper())
    except RuntimeError:
        record = logging.LogRecord(
            "x", logging.ERROR, __file__, 1, "Internal Server Error", (), sys.exc_info()
        )
    line = formatter.format(record)

    assert "something of ours" in line
    assert "SEVEN GREEN KETTLES" not in line
    assert "bea@acme.example" not in line


def paths_with_tokens(patterns: Sequence[URLPattern | URLResolver], before: str = "/") -> Iterator[str]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from paths_with_tokens(pattern.url_patterns, path)
        elif "<str:token>" in path:
            yield path


def test_every_address_that_takes_a_token_is_masked_aud_02() -> None:
    found = list(paths_with_tokens(get_resolver().url_patterns))
    assert len(found) >= 3
    for path in found:
        line = path.replace("<slug:store>", "harbour").replace("<str:token>", "Abc-123_xyz")
        assert "Abc" not in mask(f"GET {line} 302"), path
