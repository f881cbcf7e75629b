"""The page behind "This wasn't me", and what the held login is told."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import make
from tests.access.test_email_change import NEW_EMAIL, edit, run
from tradedoor.access.models import Access
from tradedoor.accounts.models import OneTimeLink, Purpose
from tradedoor.accounts.tokens import token_of
from tradedoor.core.actor import Actor
from tradedoor.crm.models import Contact
from tradedoor.stores.models import Store

pytestmark = pytest.mark.django_db


def test_the_page_comes_first_and_its_post_holds_the_login(
    client: Client, bea: Access, bea_contact: Contact, harbour: Store, sam: Actor
) -> None:
    edit(bea_contact, NEW_EMAIL, actor=sam)
    run()
    token = token_of(OneTimeLink.objects.get(purpose=Purpose.EMAIL_REPORT))
    page = client.get(reverse("storefront:report-link", args=[harbour.slug, token]), follow=True)
    shown = page.content.decode()
    assert page.status_code == 200
    assert "Was this not you?" in shown
    assert token not in shown
    assert NEW_EMAIL not in shown
    assert make.login_of(bea).held_at is None

    mark = shown.split('name="link" value="')[1].split('"')[0]
    done = client.post(reverse("storefront:report", args=[harbour.slug]), {"link": mark})
    assert "Sign-in is stopped" in done.content.decode()
    assert make.login_of(bea).held_at is not None

    refused = client.post(
        reverse("storefront:sign-in", args=[harbour.slug]), {"email": NEW_EMAIL, "password": make.PASSWORD}
    )
    said = "Sign-in is on hold because an email change was reported. Call Harbour, +44 20 7946 0000."
    assert said in refused.content.decode()
    again = client.get(reverse("storefront:report-link", args=[harbour.slug, token]), follow=True)
    assert "You have told us already" in again.content.decode()
