"""Long lists of keys find the same rows however they are sent."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import make
from tradedoor.access.models import Access
from tradedoor.core.bulk import update_many
from tradedoor.crm.models import Contact, Customer

pytestmark = pytest.mark.django_db


def test_a_long_list_finds_and_leaves_out_the_same_as_a_short_one(acme: Customer) -> None:
    made = [make.contact(acme, f"{number}@acme.example").pk for number in range(30)]
    for keys in (made[:3], made[:20]):
        assert set(Contact.objects.filter(pk__in=keys).values_list("pk", flat=True)) == set(keys)
        assert Contact.objects.filter(pk__in=set(keys)).count() == len(keys)
        assert Contact.objects.exclude(pk__in=keys).count() == 30 - len(keys)
        assert Contact.objects.filter(pk__in=[*keys, *keys]).count() == len(keys)
        emails = list(Contact.objects.filter(pk__in=keys).values_list("email_canonical", flat=True))
        assert Contact.objects.filter(email_canonical__in=emails).count() == len(keys)
        assert Contact.objects.filter(customer_id__in=[acme.pk, *range(10_000, 10_030)]).count() == 30
        assert Contact.objects.filter(customer__in=[acme.pk, *range(10_000, 10_030)]).count() == 30
        assert not Access.objects.filter(login__in=keys).exclude(login_id__in=keys).exists()
    mixed: list[Any] = [None, *made]
    assert Contact.objects.filter(pk__in=mixed).count() == 30


def test_a_long_list_is_one_value(acme: Customer) -> None:
    with CaptureQueriesContext(connection) as asked:
        list(Contact.objects.filter(pk__in=range(1, 500)))
        list(Contact.objects.filter(pk__in=[1, 2]))
    sent = ("ANY(" if connection.vendor == "postgresql" else "json_each(",)
    assert [word in asked[0]["sql"] for word in sent] == [True]
    assert [word in asked[1]["sql"] for word in sent] == [False]


TEXTS = [
    "",
    "plain",
    'a "quoted" one',
    'a","b',
    "back\\slash",
    "{curly}",
    "NULL",
    "größe 中",
    "two\nlines",
    "it's",
    "%s",
]


def test_any_text_arrives_as_it_was_sent(acme: Customer) -> None:
    contacts = [make.contact(acme, f"{number}@acme.example") for number in range(len(TEXTS))]
    with transaction.atomic():
        texts = zip(contacts, TEXTS, strict=True)
        update_many(Contact, "pk", ["job_title"], [(contact.pk, text) for contact, text in texts])
    kept = dict(Contact.objects.values_list("pk", "job_title"))
    assert [kept[contact.pk] for contact in contacts] == TEXTS
    for text in TEXTS:
        others = [f"none of {number}" for number in range(20)]
        found = Contact.objects.filter(job_title__in=[text, *others])
        assert [contact.job_title for contact in found] == [text]
    assert Contact.objects.filter(job_title__in=TEXTS).count() == len(TEXTS)
