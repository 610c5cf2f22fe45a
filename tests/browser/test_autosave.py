"""Autosave loses nothing: whatever the reader does next, an answer that was said to be saved is there."""

from __future__ import annotations

import random

from playwright.sync_api import BrowserContext

from tests.browser.autosave import Reader
from tests.browser.conftest import Journey
from tests.browser.test_journey import blank_design

RUNS = 50  # `make torture` makes a thousand
SEED = 20261124


def test_an_answer_survives_reload_back_and_a_killed_page(signed_in: BrowserContext, journey: Journey) -> None:
    page = signed_in.new_page()
    blank_design(page, "Autosave")
    reader = Reader(signed_in, page, page.url, random.Random(SEED))
    lost = [f"run {number}: {line}" for number in range(RUNS) for line in reader.run()]
    assert lost == [], f"seed {SEED}"
    reader.page.close()
