"""Nobody's name gets out of its header, and no template into another's."""

from email import message_from_bytes
from email.policy import default

import pytest

from tradedoor.mail.models import MailMessage
from tradedoor.mail.rendering import (
    Rendered,
    Unbuildable,
    build,
    envelope_address,
    one_line,
    render,
    template,
    templates,
)

EVIL = "Bea\r\nBcc: victim@x.example\r\n\r\n<script>\x00\u2028Subject: paid\u2029\x85\x0b\x0c\u202e"


def message(**more: str) -> MailMessage:
    fields = {
        "template": "t.hello",
        "to_email": "bea@acme.example",
        "message_id": "<1@seller.example>",
        **more,
    }
    return MailMessage(**fields)


def test_no_name_subject_or_header_adds_a_header_or_a_part() -> None:
    rendered = Rendered(subject=EVIL, text="hello", from_name=EVIL, headers={"X-Store": EVIL})
    raw = build(message(to_name=EVIL), rendered).as_bytes()

    mail = message_from_bytes(raw, policy=default)
    assert mail["Bcc"] is None
    assert sorted(mail.keys()) == [
        "Auto-Submitted",
        "Content-Transfer-Encoding",
        "Content-Type",
        "Date",
        "From",
        "List-ID",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
        "X-Auto-Response-Suppress",
        "X-Store",
    ]
    assert [address.addr_spec for address in mail["To"].addresses] == ["bea@acme.example"]
    assert mail["Subject"] == "Bea Bcc: victim@x.example <script> Subject: paid"
    assert mail.get_content().strip() == "hello"


def test_a_name_with_commas_quotes_and_angles_stays_one_name() -> None:
    name = 'Zoë "the <boss>" Müller, x@y.example'
    mail = message_from_bytes(build(message(to_name=name), Rendered("s", "t")).as_bytes(), policy=default)
    (address,) = mail["To"].addresses
    assert (address.display_name, address.addr_spec) == (name, "bea@acme.example")


def test_long_lines_and_every_script_survive_a_server_of_seven_bits() -> None:
    text = "Łukasz 山田 " * 300 + "\n.\nFrom here"
    raw = build(message(), Rendered("Ünï ☃", text, html=f"<p>{text}</p>")).as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) < 998
    mail = message_from_bytes(raw, policy=default)
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().split() == text.split()
    assert mail["Subject"] == "Ünï ☃"


@pytest.mark.parametrize(
    "address",
    [
        "=?utf-8?q?a?=@x.example",
        "ü@x.example",
        "a b@x.example",
        "<a>@x.example",
        "@x.example",
        "a@-x-.exämple",
        "a@x@y",
    ],
)
def test_an_address_no_server_would_take_is_unbuildable(address: str) -> None:
    with pytest.raises(Unbuildable):
        envelope_address(address)


def test_a_domain_of_any_script_goes_out_in_ascii() -> None:
    assert envelope_address("bea@bücher.example") == "bea@xn--bcher-kva.example"
    raw = build(message(to_email="bea@bücher.example"), Rendered("s", "t")).as_bytes()
    assert b"bea@xn--bcher-kva.example" in raw


@pytest.mark.parametrize("name", ["Bcc", "to", "Content-Type", "X:Y", "X\r\nBcc", ""])
def test_a_template_sets_no_header_of_ours(name: str) -> None:
    with pytest.raises(Unbuildable):
        build(message(), Rendered("s", "t", headers={name: "x"}))


def test_ordinary_text_stays_as_it_is() -> None:
    for text in ("Zoë & Söhne GmbH", "می‌خواهم", "👩‍💻 shop"):
        assert one_line(text) == text


def test_a_template_is_registered_once_and_an_unknown_one_says_so() -> None:
    with pytest.raises(ValueError, match="twice"):
        template("t.hello")(lambda _row: None)
    assert set(templates()) == {"t.hello"}
    with pytest.raises(Unbuildable, match="no template"):
        render(message(template="t.nobody"))
