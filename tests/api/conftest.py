"""Callers of the API: one for each role, one from elsewhere, one without an account."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from seal_advisor.models import Design, User
from tests import factories


@pytest.fixture
def alice(db: None) -> User:
    """The architect."""
    return factories.member("alice", "architect")


@pytest.fixture
def design(alice: User) -> Design:
    return factories.design(alice)


@pytest.fixture
def caller() -> Callable[[User], APIClient]:
    """A client with a token of this user for every scope."""

    def make(user: User, *scopes: str, design: Design | None = None) -> APIClient:
        client = APIClient(raise_request_exception=False)
        _, secret = factories.token(user, *scopes, design=design)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return make


@pytest.fixture
def api(alice: User, caller: Callable[[User], APIClient]) -> APIClient:
    """Alice, by token."""
    return caller(alice)


@pytest.fixture
def anonymous() -> APIClient:
    return APIClient(raise_request_exception=False)
