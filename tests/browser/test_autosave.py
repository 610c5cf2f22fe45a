"""Autosave loses nothing: whatever the reader does next, an answer that was said to be saved is there."""

from __future__ import annotations

import random

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Journey

RUNS = 8
SEED = 20261124


def test_an_answer_survives_reload_back_and_a_killed_page(signed_in: BrowserContext, journey: Journey) -> None:
    chance = random.Random(SEED)
    page = signed_in.new_page()
    page.goto("/")
    page.get_by_label("Name of the Vault or the platform").fill("Autosave")
    page.get_by_role("button", name="Start a design").click()
    page.wait_for_url("**/designs/*/")
    address, expected = page.url, {}
    questions = page.locator("fieldset.question:not(:has(input[value='given']))").evaluate_all(
        "all => all.map(one => one.id.slice(2))"
    )
    for _ in range(RUNS):
        for question in chance.sample(questions, 2):
            expected[question] = _answer(page, question, chance)
        match chance.choice(["reload", "away", "kill"]):
            case "reload":
                page.reload()
            case "away":
                page.goto("/verify/")
                page.go_back()
            case _:
                page.close(run_before_unload=False)
                page = signed_in.new_page()
                page.goto(address)
        for question, value in expected.items():
            expect(page.locator(f"[name='{question}'][value='{value}']"), f"seed {SEED}").to_be_checked()
    page.close()


def _answer(page: Page, question: str, chance: random.Random) -> str:
    """Choose another answer and wait for the word that it is saved; returns the value."""
    choices = page.locator(f"[name='{question}']:not(:checked)")
    choice = choices.nth(chance.randrange(choices.count()))
    value = choice.get_attribute("value") or ""
    with page.expect_response("**/answers/") as answered:
        choice.check()
    assert answered.value.ok
    return value
