"""What a hostile name could do in a mail that carries somebody's link (security.md A14)."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import Rendered, build

HEADERS = [
    "Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "List-ID", "MIME-Version",
    "Message-ID", "Reply-To", "Subject", "To", "X-Auto-Response-Suppress",
]  # fmt: skip
ENCODED = (
    "=?utf-8?q?evil=0d=0aBcc=3a=20victim=40x.example?=",
    "=?utf-8?q?x=0d=0a=0d=0a=3Cscript=3E?=",
    "=?utf-8?b?eA0KQmNjOiB2QHguZXhhbXBsZQ==?=",
    '" =?utf-8?q?=0aBcc=3a_v=40x.example?= "',
    "Kim ==?utf-8?q?=0dX-Evil=3a_1?=",
    "=\r?utf-8?q?=0aBcc=3a_v?=",
    "=?utf-8?q?=00?=",
    "=?x?q?=0a?=",
)


def as_received(name: str) -> EmailMessage:
    """A mail to, from and about `name`, as its reader's program takes it apart."""
    row = MailMessage(
        template="access.t", to_email="kim@acme.example", to_name=name, message_id="<1@s.example>"
    )
    rendered = Rendered(subject=name, text="hello", from_name=name, reply_to="help@seller.example")
    return message_from_bytes(build(row, rendered).as_bytes(), policy=default)


@pytest.mark.parametrize("name", ENCODED)
def test_an_encoded_word_in_a_name_adds_no_header_eml_06(name: str) -> None:
    mail = as_received(name)

    assert sorted(mail.keys()) == HEADERS
    assert [address.addr_spec for address in mail["To"].addresses] == ["kim@acme.example"]
    assert mail.get_content().strip() == "hello"


@settings(deadline=None)
@given(st.text(max_size=120) | st.text('=?utf-8qQbB0aAdD:\r\n"<>,;@\\ é()', max_size=80))
@example("=?")
@example("a" * 300)
def test_no_name_at_all_adds_a_header_a_recipient_or_a_part_eml_06(name: str) -> None:
    mail = as_received(name)

    assert sorted(mail.keys()) == HEADERS
    assert [address.addr_spec for address in mail["To"].addresses] == ["kim@acme.example"]
    assert len(mail["From"].addresses) == 1
    assert mail.get_content().strip() == "hello"
