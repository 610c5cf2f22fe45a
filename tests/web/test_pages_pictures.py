"""Every page has its pictures in docs/screenshots/, light, dark and narrow, and they stay small."""

from __future__ import annotations

from pathlib import Path

from django.urls import get_resolver

from tests.browser.pictures import NO_PAGE, PICTURES
from tests.web.test_access import routes

FOLDER = Path(__file__).resolve().parents[2] / "docs/screenshots"
BYTES_AT_MOST = 600_000


def test_every_page_of_the_url_map_has_its_pictures() -> None:
    names = {
        entry.name or route
        for route, entry in routes(get_resolver().url_patterns)
        if not route.lstrip("^").startswith(("api/", "admin/"))
    } | {"api-docs"}
    assert sorted(names - set(PICTURES) - set(NO_PAGE)) == [], (
        "say which picture, and make it: tests.browser.screenshots"
    )
    assert sorted((set(PICTURES) | set(NO_PAGE)) - names) == [], "no page of this name"
    wanted = {f"{picture}{view}.png" for picture in PICTURES.values() for view in ("", "-dark", "-narrow")}
    assert sorted(name for name in wanted if not (FOLDER / name).exists()) == []


def test_pictures_stay_small() -> None:
    assert [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > BYTES_AT_MOST] == []
