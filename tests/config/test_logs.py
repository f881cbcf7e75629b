"""What reaches the log: one line an event, without the secrets of links and without addresses."""

import json
import logging
from io import StringIO

import pytest
import structlog

from tradedoor.config.logs import logging_config, mask


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("GET /s/acme/join/AbC-123_x/ 302", "GET /s/acme/join/***/ 302"),
        ("/s/acme/password/reset/AbC-123_x/", "/s/acme/password/reset/***/"),
        ("/s/acme/password/first/AbC-123_x/", "/s/acme/password/first/***/"),
        ("/s/acme/link/xyz?next=/", "/s/acme/link/***?next=/"),
        ("/login/link/AbC/", "/login/link/***/"),
        ("to ann.o'neil@mail.acme.example now", "to ***@*** now"),
        ("postgres://me:secret@db/x", "postgres://me:***@***/x"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_links_and_addresses_are_masked(line: str, shown: str) -> None:
    assert mask(line) == shown


def logged(message: str, **fields: str) -> dict[str, str]:
    config = logging_config(form="json", level="info")["formatters"]["line"]
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(**{k: v for k, v in config.items() if k != "()"})
    )
    logger = logging.getLogger("tests.logs")
    logger.propagate = False
    logger.addHandler(handler)
    try:
        logger.warning(message, extra=fields)
    finally:
        logger.removeHandler(handler)
    assert stream.getvalue().count("\n") == 1
    line: dict[str, str] = json.loads(stream.getvalue())
    return line


def test_an_event_is_one_line_of_json_with_its_fields() -> None:
    line = logged("mail.sent", template="invitation")
    assert (line["event"], line["template"], line["level"]) == ("mail.sent", "invitation", "warning")


def test_a_line_break_in_a_value_cannot_forge_a_line() -> None:
    assert logged("signin\n{}", note="x\r\ny\u2028z")["event"] == "signin\n{}"


def test_a_field_nobody_thought_of_is_masked_too() -> None:
    assert "ann" not in json.dumps(logged("refused", detail="ann@acme.example /join/tok/"))
