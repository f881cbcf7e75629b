from decimal import Decimal

import pytest

from tradedoor.catalog.money import Money, read_amount, read_currency
from tradedoor.core.errors import Invalid


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("8.99", "8.99"),
        (" 1234 ", "1234"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1'234'567,5", "1234567.5"),
        ("8,99", "8.99"),
        ("1,234,567", "1234567"),
        ("€ 8.99", "8.99"),
        ("8.99 EUR", "8.99"),
        ("0", "0"),
        ("0.0375", "0.0375"),
    ],
)
def test_an_amount_is_read_exactly(text: str, amount: str) -> None:
    assert read_amount(text, currency="EUR") == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    ["-1", "abc", "1,234", "1.2.3", "1e5", "NaN", "Infinity", "0.12345", "99999999999", "$5", "٣", "--2", ""],
)
def test_an_amount_that_could_be_read_in_two_ways_or_in_none_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_amount(text, currency="EUR")

    assert refusal.value.code == "bad_amount"


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("8.9900", "EUR", "€8.99"),
        ("1234.5", "GBP", "£1,234.50"),
        ("0.0375", "EUR", "€0.0375"),
        ("1000", "JPY", "¥1,000"),
        ("5", "CHF", "5.00 CHF"),
        ("0", "EUR", "€0.00"),
    ],
)
def test_money_is_written_with_its_currency(amount: str, currency: str, words: str) -> None:
    assert str(Money(Decimal(amount), currency)) == words


def test_a_currency_has_three_letters() -> None:
    assert read_currency(" eur ") == "EUR"
    with pytest.raises(Invalid):
        read_currency("Euro")
