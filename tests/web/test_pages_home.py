"""The home page with many designs: a page at a time, and as many queries for one design as for twenty."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.web.pages import text, tree


def queries(web: Client) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert web.get("/").status_code == 200
    return len(asked)


def test_the_home_page_asks_as_often_for_twenty_designs_as_for_two(web: Client, alice: User) -> None:
    factories.design(alice), factories.design(alice)
    few = queries(web)
    for _ in range(18):
        factories.design(alice)
    assert queries(web) == few


@pytest.mark.parametrize(("number", "shown", "neighbours"), [(1, 20, ["?page=2"]), (2, 3, ["?page=1"])])
def test_designs_come_twenty_a_page(web: Client, alice: User, number: int, shown: int, neighbours: list[str]) -> None:
    for _ in range(23):
        factories.design(alice)
    page = web.get("/", {"page": number})
    assert len(tree(page).xpath("//li[@class='design']")) == shown
    assert tree(page).xpath("//nav[@aria-label='Pages of designs']//a/@href") == neighbours
    assert f"Page {number} of 2" in text(page)


def test_one_page_of_designs_has_no_page_numbers(web: Client, alice: User) -> None:
    factories.design(alice)
    assert tree(web.get("/")).xpath("//nav[@aria-label='Pages of designs']") == []
