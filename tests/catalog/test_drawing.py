import xml.etree.ElementTree as ET  # read what we made ourselves

from tradedoor.catalog.drawing import picture


def test_a_picture_is_always_the_same_for_the_same_words() -> None:
    assert picture("Racing Socks", category="clothing") == picture("Racing Socks", category="clothing")
    assert picture("Racing Socks", category="clothing") != picture("Logo Cap", category="clothing")


def test_pictures_are_small_and_well_formed_and_ask_for_nothing() -> None:
    for number in range(200):
        drawn = picture(f"Product {number}", category=f"category {number % 9}")

        assert len(drawn) < 2000
        assert ET.fromstring(drawn).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own text
        assert "href" not in drawn
        assert "style" not in drawn


def test_a_name_cannot_write_into_the_picture() -> None:
    assert "script" not in picture("<script>", category='"><script>')
