"""WCAG 2.2 AA on every page, light, dark and 320 px wide: no violation, no complaint, no sideways scrolling."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import Journey, Site, listen

# The structure of a page is the same in every view; the other views repeat the rules that look at what is painted.
PAINTED = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]
VIEWS: dict[str, dict[str, Any]] = {
    "light": {
        "color_scheme": "light",
        "width": 1280,
        "rules": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "dark": {"color_scheme": "dark", "width": 1280, "rules": PAINTED},
    "narrow": {"color_scheme": "light", "width": 320, "rules": PAINTED},
}
PARTS = (
    "",
    "answers/file/",
    "compare/",
    "decision/",
    "decision/?for=executive&option=shamir&threshold=9",
    "evidence/",
    "controls/",
    "packages/",
    "review/",
    "revisions/",
    "revisions/new/",
    "revisions/1/",
)
PREFILLED = "/designs/new/?title=Linked&answers=%7B%22answers%22:%7B%22boundary%22:%22anywhere%22%7D%7D"


@pytest.mark.parametrize("view", VIEWS)
def test_every_page_is_accessible(view: str, signed_in: BrowserContext, journey: Journey) -> None:
    page = signed_in.new_page()
    _look(page, view)
    trouble = listen(page)
    found = [line for part in PARTS for line in _violations(page, view, f"{journey.page}{part}")]
    found += [line for address in ("/", "/verify/", PREFILLED) for line in _violations(page, view, address)]
    assert trouble == []
    assert found == []
    page.close()


@pytest.mark.parametrize("view", VIEWS)
def test_the_pages_before_the_door_are_accessible(view: str, browser: Browser, site: Site) -> None:
    page = browser.new_page(base_url=site.address)
    _look(page, view)
    assert [
        line for address in ("/sign-in/", "/verify/", "/nothing/") for line in _violations(page, view, address)
    ] == []
    page.close()


def _look(page: Page, view: str) -> None:
    page.emulate_media(color_scheme=VIEWS[view]["color_scheme"])
    page.set_viewport_size({"width": VIEWS[view]["width"], "height": 900})


def _violations(page: Page, view: str, address: str) -> list[str]:
    """One line for each element that breaks a rule, with everything unfolded; and for a page wider than its window."""
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(element => { element.open = true; })")
    results = Axe().run(page, options={"runOnly": VIEWS[view]["rules"]}).response
    lines = [
        f"{address} {rule['id']}: {node['target']} {node['failureSummary'][:200]}"
        for rule in results["violations"]
        for node in rule["nodes"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*lines, *([f"{address} is {wide} px too wide"] if wide > 0 else [])]
