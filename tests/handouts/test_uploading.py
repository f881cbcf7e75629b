"""A store's own template as it is uploaded: what could harm is said beside the field, and nothing of it is kept."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import make
from tests.handouts.facts import paragraph, standard, template, tied
from tradedoor.accounts.models import Login
from tradedoor.handouts import packages
from tradedoor.handouts.models import HandoutTemplate
from tradedoor.handouts.packages import write_package
from tradedoor.stores.models import Store

SETTINGS = "/stores/harbour/settings/handout/"
GOOD = paragraph("{{ customer }} {{ link }}")
DOCUMENT = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
MACROS = b"application/vnd.ms-word.document.macroEnabled.main+xml"


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b"\0" * (packages.MOST_XML + 1))
    return out.getvalue()


def macro_document() -> bytes:
    parts = standard()
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(DOCUMENT, MACROS)
    return write_package({**parts, "word/vbaProject.bin": b"x"})


BAD: dict[str, Callable[[], bytes]] = {
    "a macro document": macro_document,
    "a zip bomb": bomb,
    "a picture from elsewhere": lambda: template(GOOD, more=tied("image", "http://evil.example/pixel.png")),
    "a template from elsewhere": lambda: template(
        GOOD, more=tied("attachedTemplate", "http://evil.example/t.dotm")
    ),
    "no Word file": lambda: b"%PDF-1.7",
    "an unknown placeholder": lambda: template(paragraph("{{ customer }} {{ link }} {{ salary }}")),
}


@pytest.mark.parametrize("name", ["mine.docx", "mine.docm", "../../mine.docx"])
@pytest.mark.parametrize("kind", BAD)
def test_a_harmful_template_is_refused_beside_its_field_and_not_kept(
    kind: str, name: str, client: Client, ada_login: Login, harbour: Store, settings: Any
) -> None:
    client.post("/login/", {"email": ada_login.email, "password": make.PASSWORD})
    before = set(Path(settings.TRADEDOOR_DATA_DIR).rglob("*.docx"))

    answer = client.post(SETTINGS, {"template": SimpleUploadedFile(name, BAD[kind]())})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "field__error" in page
    assert ("salary" in page) is (kind == "an unknown placeholder")
    assert not HandoutTemplate.objects.exists()
    assert set(Path(settings.TRADEDOOR_DATA_DIR).rglob("*.docx")) == before
