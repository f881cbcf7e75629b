"""Logos and banners: whatever comes in, only pixels go out."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models.fields.files import FieldFile
from PIL import Image

from tradedoor.core.actor import Actor
from tradedoor.core.errors import NotAllowed
from tradedoor.stores.actions.stores import set_banner, set_logo
from tradedoor.stores.errors import BadImage
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)


def picture(
    form: str = "PNG", size: tuple[int, int] = (300, 100), mode: str = "RGB", **extra: object
) -> BytesIO:
    drawn = BytesIO()
    Image.new(mode, size, 128).save(drawn, form, **extra)
    drawn.seek(0)
    return drawn


def path_of(kept: FieldFile) -> Path:
    assert kept.name
    return Path(settings.MEDIA_ROOT) / kept.name


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_logo_becomes_a_small_png_and_a_banner_a_webp(form: str, harbour: Store, ada: Actor) -> None:
    set_logo(harbour, picture(form, (2000, 1000)), actor=ada)
    set_banner(harbour, picture(form, (4000, 3000)), actor=ada)

    kept = Store.objects.get()
    with Image.open(path_of(kept.logo)) as logo, Image.open(path_of(kept.banner)) as banner:
        assert (logo.format, logo.size) == ("PNG", (640, 320))
        assert (banner.format, banner.size) == ("WEBP", (1440, 1080))


def test_what_a_file_says_beside_its_pixels_is_gone(harbour: Store, ada: Actor) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    set_logo(harbour, picture("JPEG", exif=exif, comment=b"<script>"), actor=ada)

    raw = path_of(Store.objects.get().logo).read_bytes()
    assert b"home" not in raw
    assert b"script" not in raw


def test_transparency_stays(harbour: Store, ada: Actor) -> None:
    set_logo(harbour, picture(mode="LA"), actor=ada)

    with Image.open(path_of(Store.objects.get().logo)) as logo:
        assert logo.mode == "RGBA"


def test_a_new_logo_takes_a_new_name_and_the_old_file_goes(harbour: Store, ada: Actor) -> None:
    set_logo(harbour, picture(), actor=ada)
    first = path_of(Store.objects.get().logo)
    set_logo(harbour, picture(), actor=ada)
    second = path_of(Store.objects.get().logo)
    assert (first.exists(), second.exists()) == (False, True)

    set_logo(harbour, None, actor=ada)
    assert not Store.objects.get().logo
    assert not second.exists()


def bomb() -> BytesIO:
    """A PNG of a hundred bytes that says it is 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")))


BAD = {
    "svg": BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    "gif": picture("GIF", mode="L"),
    "text": BytesIO(b"hello"),
    "nothing": BytesIO(b""),
    "half": BytesIO(picture(size=(900, 900)).getvalue()[:200]),
    "heavy": BytesIO(b"\x89PNG" + b"0" * 3_000_000),
    "bomb": bomb(),
    "many pixels": picture(size=(5100, 5000), mode="1"),
}


@pytest.mark.parametrize("kind", list(BAD))
def test_what_is_no_usable_picture_is_refused_and_the_logo_stays(
    kind: str, harbour: Store, ada: Actor
) -> None:
    set_logo(harbour, picture(), actor=ada)
    before = Store.objects.get().logo.name
    BAD[kind].seek(0)

    with pytest.raises(BadImage) as refusal:
        set_logo(harbour, BAD[kind], actor=ada)

    assert refusal.value.code == "bad_image"
    assert Store.objects.get().logo.name == before


def test_only_who_may_edit_the_store_sets_its_pictures(harbour: Store, vic: Actor) -> None:
    with pytest.raises(NotAllowed):
        set_logo(harbour, picture(), actor=vic)
    assert not Store.objects.get().logo
