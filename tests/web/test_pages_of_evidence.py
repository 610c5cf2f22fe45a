"""Many files: the evidence page shows them in pages by a cursor, at one cost, with versions over all of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from evidence.models import Artefact
from seal_advisor.models import Design, User
from tests.web.pages import address, text, tree

START = datetime(2026, 11, 1, tzinfo=UTC)


def fill(design: Design, alice: User, count: int) -> None:
    """Two files at each moment, all under two names."""
    Artefact.objects.bulk_create(
        Artefact(
            id=UUID(int=number), design=design, sha256=f"{number:064x}", size=1, name=f"{number % 2}.log",
            kind="server_log", facts={}, received_at=START + timedelta(hours=number // 2), uploader=alice,
            uploader_label="alice", blob="x", blob_sha256="0" * 64, blob_size=1,
        )
        for number in range(count)
    )  # fmt: skip


def shown(page: Any) -> list[int]:
    return [UUID(row.removeprefix("artefact-")).int for row in tree(page).xpath("//tr/@id")]


def test_every_file_stands_on_one_page_newest_first(web: Client, design: Design, alice: User) -> None:
    fill(design, alice, 120)
    seen, where, pages = [], address(design, "evidence/"), 0
    while where:
        page = web.get(where)
        assert "120 files" in text(page)
        seen += shown(page)
        pages += 1
        older = tree(page).xpath("//nav/a[@rel='next']/@href")
        assert bool(tree(page).xpath("//nav/a[@rel='first']")) == (pages > 1)
        where = address(design, "evidence/") + older[0] if older else ""
    assert pages == 3
    assert seen == [one.pk.int for one in Artefact.objects.all()]


def test_a_page_costs_the_same_however_many_files_there_are(
    web: Client, design: Design, alice: User, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    fill(design, alice, 3)
    web.get(address(design, "evidence/"))
    with django_assert_max_num_queries(60) as few:
        web.get(address(design, "evidence/"))
    Artefact.objects.all().delete()
    fill(design, alice, 500)
    with django_assert_max_num_queries(len(few)):
        web.get(address(design, "evidence/"))


def test_versions_count_over_all_pages(web: Client, design: Design, alice: User) -> None:
    fill(design, alice, 120)
    first = text(web.get(address(design, "evidence/")))
    assert "version 60 of 60" in first
    assert "version 1 of 60" not in first


def test_a_page_begins_where_it_began_when_its_file_is_gone(web: Client, design: Design, alice: User) -> None:
    fill(design, alice, 120)
    (older,) = tree(web.get(address(design, "evidence/"))).xpath("//nav/a[@rel='next']/@href")
    before = shown(web.get(address(design, "evidence/") + older))
    Artefact.objects.filter(received_at__gte=START + timedelta(hours=35)).delete()
    assert shown(web.get(address(design, "evidence/") + older)) == before


def test_a_page_beyond_the_last_file_leads_back(web: Client, design: Design) -> None:
    page = web.get(address(design, f"evidence/?before=2020-01-01T00:00:00%2B00:00_{UUID(int=0)}"))
    assert tree(page).xpath("//a[@rel='first']/@href")


@pytest.mark.parametrize("cursor", ["x", "2020-01-01T00:00:00_1", f"2020-01-01T00:00:00_{UUID(int=0)}", "_", "\x00"])
def test_a_cursor_that_is_none_is_no_page(web: Client, design: Design, cursor: str) -> None:
    assert web.get(address(design, "evidence/"), {"before": cursor}).status_code == 404
