"""Logs hold no password, token or address, whatever went wrong (security.md AUD-02, TOK-10)."""

import logging
import logging.config
import sys

import pytest

from tradedoor.config.logs import logging_config


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
