"""Times, numbers and names as they are written on pages."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tradedoor.web.formats import absolute, ago, day, initials, money, number, span, tone

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=20), "Just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=1), "Yesterday"),
        (timedelta(days=13), "13 days ago"),
        (timedelta(days=21), "3 weeks ago"),
        (timedelta(days=100), "3 months ago"),
        (timedelta(days=800), "2 years ago"),
        (timedelta(seconds=-30), "In a moment"),
        (timedelta(minutes=-5), "In 5 minutes"),
        (timedelta(hours=-1), "In 1 hour"),
        (timedelta(days=-6), "In 6 days"),
        (timedelta(days=-7, minutes=1), "In 7 days"),
        (timedelta(hours=-23, minutes=-50), "In 23 hours"),
    ],
)
def test_ages_are_said_in_the_largest_whole_unit(age: timedelta, words: str) -> None:
    assert f">{words}</time>" in ago(NOW - age, now=NOW)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(days=2), "2 days"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(seconds=45), "45 seconds"),
        (timedelta(0), "0 seconds"),
    ],
)
def test_a_length_is_said_in_the_largest_unit_that_says_it_whole(length: timedelta, words: str) -> None:
    assert span(length) == words


def test_the_whole_time_stands_in_the_title() -> None:
    assert 'datetime="2026-11-22T09:00:00+00:00" title="22 Nov 2026, 09:00 UTC"' in ago(NOW, now=NOW)
    assert absolute(NOW) == "22 Nov 2026, 09:00"
    assert day(NOW.date()) == "22 November 2026"
    assert absolute(None) == day(None) == ""
    assert ago(None) == '<span class="muted">Never</span>'


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234.5", "EUR", "€1,234.50"),
        ("-3", "USD", "-$3.00"),
        ("1234.5", "SEK", "1,234.50 SEK"),
        ("1234.5", "JPY", "1,234 JPY"),
    ],
)
def test_money_names_its_currency(amount: str, currency: str, text: str) -> None:
    assert money(Decimal(amount), currency) == text


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Aisha Karim", "AK"),
        ("cher", "C"),
        ("Ana de la Cruz", "AC"),
        ("", "?"),
        ("(?)", "?"),
        ("x@y.example", "XY"),
    ],
)
def test_initials_are_the_first_and_the_last(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_name_keeps_its_tint() -> None:
    assert tone("Aisha Karim") == tone("Aisha Karim")
    assert {tone(f"Person {n}") for n in range(100)} == {1, 2, 3, 4, 5, 6}
    assert number(12480) == "12,480"
