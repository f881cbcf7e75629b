import pytest

from tradedoor.catalog.descriptions import plain_lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("<p>One.</p><p>Two <b>bold</b>.</p>", "One.\n\nTwo bold."),
        ("<ul><li>Light</li><li>Strong</li></ul>", "• Light\n• Strong"),
        ("Fast<br>and<br/>free", "Fast\nand\nfree"),
        ("Plain text with a < b", "Plain text with a < b"),
        ("Salt &amp; pepper", "Salt & pepper"),
        ("<script>alert(1)</script>Safe", "Safe"),
        ("<style>p{}</style><p>Safe</p>", "Safe"),
        ('<p onclick="x()">Safe</p><img src=x onerror=alert(1)>', "Safe"),
        ("<svg/><p>Still here</p>", "Still here"),
        ("<p>Not closed <script>alert(1)", "Not closed"),
        ("</script><p>Loose end</p>", "Loose end"),
        ("  two\t blanks \r\n\r\n\r\n\r\nnext ", "two blanks\n\nnext"),
        ("", ""),
    ],
)
def test_a_description_is_reduced_to_lines(text: str, lines: str) -> None:
    assert plain_lines(text) == lines


def test_what_was_escaped_twice_stays_text() -> None:
    assert plain_lines("&lt;script&gt;alert(1)&lt;/script&gt;") == "<script>alert(1)</script>"
