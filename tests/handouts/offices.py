"""LibreOffice, poppler and a reader of QR codes, through which tests look. The product needs none of them."""

import shutil
import subprocess
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

needs_poppler = pytest.mark.skipif(
    shutil.which("pdftoppm") is None, reason="pdftoppm is not installed (Debian: poppler-utils)"
)
needs_office = pytest.mark.skipif(
    shutil.which("soffice") is None,
    reason="LibreOffice is not installed (Debian: libreoffice-writer-nogui)",
)


def as_pdf(word: Path) -> Path:
    """The Word file as LibreOffice prints it."""
    said = subprocess.run(
        [
            "soffice", f"-env:UserInstallation=file://{word.parent}/office", "--headless", "--convert-to", "pdf",
            "--outdir", str(word.parent), str(word),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )  # fmt: skip
    made = word.with_suffix(".pdf")
    assert made.exists(), said.stderr
    return made


def codes_in(page: Image.Image) -> list[str]:
    """What the QR codes on the page say."""
    found = zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [one.text for one in found]
