"""A reader who reloads, goes away and back, and whose browser dies: what was said to be saved must be there."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page

FRESH = "fieldset.question:not(:has(input[value='given']))"
CHECKED = "all => Object.fromEntries(all.map(one => [one.name, one.value]))"


@dataclass(slots=True)
class Reader:
    """One design in one browser. expected: question -> what may be there: the answer that was said to be saved, or, of
    an answer that was cut off, the old one or the new one.
    """

    context: BrowserContext
    page: Page
    address: str
    chance: random.Random
    expected: dict[str, set[str]] = field(default_factory=dict)

    def run(self) -> list[str]:
        """Two answers that are saved, perhaps one that is cut off, then a reload, a way back, or a new page.

        Returns what was lost, one line for each answer.
        """
        questions = self.page.locator(FRESH).evaluate_all("all => all.map(one => one.id.slice(2))")
        first, second, third = self.chance.sample(questions, 3)
        for question in (first, second):
            self.expected[question] = {self._answer(question)}
        match self.chance.choice(["reload", "away", "kill", "cut off"]):
            case "reload":
                self.page.reload()
            case "away":
                self.page.goto("/verify/")
                self.page.go_back()
            case "kill":
                self._reopen()
            case _:
                before = self._shown()[third]
                self.expected[third] = {before, self._choose(third)}
                self._reopen()
        shown = self._shown()
        return [
            f"{key}: {' or '.join(sorted(values))!r} was saved, {shown.get(key)!r} is there"
            for key, values in self.expected.items()
            if shown.get(key) not in values
        ]

    def _answer(self, question: str) -> str:
        """Choose another answer and wait until the server says that it is saved."""
        with self.page.expect_response("**/answers/") as answered:
            value = self._choose(question)
        assert answered.value.ok, f"{question}={value}: HTTP {answered.value.status}"
        return value

    def _choose(self, question: str) -> str:
        choices = self.page.locator(f"[name='{question}']:not(:checked)")
        choice = choices.nth(self.chance.randrange(choices.count()))
        value = choice.get_attribute("value") or ""
        choice.check()
        return value

    def _reopen(self) -> None:
        """The page dies without a word; a new one opens."""
        self.page.close(run_before_unload=False)
        self.page = self.context.new_page()
        self.page.goto(self.address)

    def _shown(self) -> dict[str, str]:
        return dict(self.page.locator("fieldset.question input[type='radio']:checked").evaluate_all(CHECKED))
