"""Autosave in a real browser: reload, back, killed pages, answers cut off half-way."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.autosave import Reader
from tests.browser.conftest import chromium, serving, sign_in
from tests.browser.test_journey import blank_design

WHAT = "Kill, reload and back: every answer that was said to be saved is there"
COUNT = 1000


def run(count: int, chance: random.Random) -> list[str]:
    with (
        tempfile.TemporaryDirectory(prefix="seal-advisor-torture-") as folder,
        serving(Path(folder)) as site,
        sync_playwright() as playwright,
    ):
        browser = chromium(playwright)
        context = browser.new_context(base_url=site.address)
        page = context.new_page()
        sign_in(page, site)
        blank_design(page, "Torture")
        reader = Reader(context, page, page.url, chance)
        lost = [f"run {number}: {line}" for number in range(count) for line in reader.run()]
        browser.close()
        return lost
