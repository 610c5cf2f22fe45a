"""Readers of the pages: Alice signed in, and one client for each other role."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from seal_advisor.models import Design, User
from tests import factories


@pytest.fixture
def alice(db: None) -> User:
    """The architect."""
    return factories.member("alice", "architect")


@pytest.fixture
def design(alice: User) -> Design:
    """The sample's answers, no evidence."""
    return factories.design(alice)


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def web(alice: User, signed_in: Callable[[User], Client]) -> Client:
    """Alice's browser, without JavaScript."""
    return signed_in(alice)
