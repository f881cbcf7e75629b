"""Browsers of those who work here."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests import make
from tradedoor.accounts.actions.sessions import open_session
from tradedoor.accounts.models import Login
from tradedoor.accounts.roles import Role

SignedIn = Callable[[Login], Client]


@pytest.fixture
def signed_in(db: None) -> SignedIn:
    """A browser in which this staff member is signed in, a moment ago."""

    def open_browser(login: Login) -> Client:
        browser = Client()
        browser.cookies["td-staff"] = open_session(login, actor=make.actor(login)).key
        return browser

    return open_browser


@pytest.fixture
def ada_client(signed_in: SignedIn, ada_login: Login) -> Client:
    return signed_in(ada_login)


@pytest.fixture
def sam_client(signed_in: SignedIn, sam_login: Login) -> Client:
    return signed_in(sam_login)


@pytest.fixture
def vic_client(signed_in: SignedIn, vic_login: Login) -> Client:
    return signed_in(vic_login)


@pytest.fixture
def carl_client(signed_in: SignedIn) -> Client:
    """Carl looks after customers and contacts (CRM editor)."""
    return signed_in(make.staff("Carl Clerk", role=Role.CRM_EDITOR, email="carl@tradedoor.example"))


@pytest.fixture
def nobody() -> Client:
    return Client()
