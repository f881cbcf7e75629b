"""QR codes read back by a decoder to exactly the address."""

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.handouts.offices import codes_in
from tradedoor.handouts.codes import qr_modules, qr_png, qr_svg

LONG = "https://trade.seller.example/s/harbour/link/" + "0123456789abcdefghjkmnpqrs" * 6
ADDRESSES = ["https://a.example/s/b/link/c/", LONG]


@pytest.mark.parametrize("address", ADDRESSES, ids=["short", "200 characters"])
def test_png_and_squares_read_as_the_address(address: str) -> None:
    rows = qr_modules(address)
    drawn = Image.new("L", (len(rows), len(rows)))
    drawn.putdata([0 if dark else 255 for row in rows for dark in row])

    assert codes_in(Image.open(io.BytesIO(qr_png(address)))) == [address]
    assert codes_in(drawn.resize((len(rows) * 6, len(rows) * 6), Image.Resampling.NEAREST)) == [address]


def test_the_drawing_runs_nothing_and_says_black_on_white_in_every_theme() -> None:
    svg = qr_svg(ADDRESSES[0])

    assert svg.startswith("<svg ")
    assert not re.search(r"style=|<script|<style|class=|href|currentColor", svg)
    assert re.search(r'fill="#(fff|ffffff)"', svg)
    assert re.search(r'stroke="#(000|000000)"', svg)


def test_equal_addresses_make_equal_pictures() -> None:
    assert qr_png(ADDRESSES[0]) == qr_png(ADDRESSES[0])
    assert qr_svg(ADDRESSES[0]) == qr_svg(ADDRESSES[0])


@settings(max_examples=20)
@given(st.text(alphabet="0123456789abcdefghjkmnpqrstvwxyz", min_size=26, max_size=26))
def test_whatever_the_code_the_address_is_read_back(code: str) -> None:
    address = f"https://trade.seller.example/s/harbour/link/{code}/"

    assert codes_in(Image.open(io.BytesIO(qr_png(address, scale=4)))) == [address]
