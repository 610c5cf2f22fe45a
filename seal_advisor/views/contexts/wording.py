"""The ruleset's questions, options and values in the user's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seal_advisor.core.changes import Change
from seal_advisor.core.rules import Ruleset
from seal_advisor.models import Design
from seal_advisor.views.durations import NotAnAmount, spoken
from seal_advisor.views.words import Link, listed, translated

# Topics in the order of the page; a topic of the ruleset that stands nowhere here comes last under its own name.
TOPICS = {
    "platform": gettext_lazy("The ground"),
    "regulation": gettext_lazy("What is demanded"),
    "key": gettext_lazy("Where the key may be"),
    "operation": gettext_lazy("How it is run"),
    "means": gettext_lazy("What is at hand"),
    "recovery": gettext_lazy("Getting back up"),
    "details": gettext_lazy("Details, where you know them"),
}
UNKNOWN = gettext_lazy("I do not know")
BOUNDS = {
    "at_least": gettext_lazy("at least"),
    "at_most": gettext_lazy("at most"),
    "above": gettext_lazy("more than"),
    "below": gettext_lazy("less than"),
}


def topic_title(topic: str) -> str:
    """The heading of a topic; its own name where it has none."""
    return TOPICS.get(topic, topic.replace("_", " ").capitalize())


class Wording:
    """Words of one ruleset. design: links to a question go to this design's page, None = the same page."""

    def __init__(self, ruleset: Ruleset, design: Design | None = None) -> None:
        self._questions = ruleset.by_id
        self._options = {option.id: option for option in ruleset.options}
        self._page = reverse("questions", args=[design.pk]) if design else ""

    def question(self, question_id: str) -> str:
        return translated(self._questions[question_id].text)

    def asked(self, question_id: str) -> str:
        """The question's words; its id where an older ruleset asked it."""
        return translated(self._questions[question_id].text) if question_id in self._questions else question_id

    def href(self, question_id: str) -> str:
        return f"{self._page}#q-{question_id}"

    def link(self, question_id: str) -> Link:
        return Link(self.question(question_id), self.href(question_id))

    def answer(self, question_id: str, value: str | None) -> str:
        """The label that the user chose; a duration in words; the text itself for a free answer."""
        if value is None:
            return UNKNOWN
        question = self._questions[question_id]
        if question.kind == "duration":
            return spoken(value)
        labels = {choice.id: translated(choice.label) for choice in question.values}
        return labels.get(value, value)

    def said(self, question_id: str, value: str) -> str:
        """Like `answer`, for what an older ruleset stored: what the present one does not know stays as it is."""
        try:
            return self.answer(question_id, value)
        except (KeyError, NotAnAmount):
            return value

    def examples(self, question_id: str, values: Sequence[str]) -> str:
        """Answers that would do, quoted; of a duration or version each value stands for a whole range."""
        said = listed([f"“{self.answer(question_id, value)}”" for value in values], "or")
        return said if self._questions[question_id].values else _("such as %(said)s") % {"said": said}

    def option(self, option_id: str) -> str:
        return translated(self._options[option_id].title)

    def change(self, change: Change) -> tuple[tuple[Link, str], ...]:
        """One way to admit an option: every question that must change, with the answers that would do."""
        return tuple((self.link(key), self._any_of(key, values, change)) for key, values in change.answers.items())

    def _any_of(self, question_id: str, values: Sequence[str], change: Change) -> str:
        """Values of a choice, or ranges of a duration: `{"at_least": "PT30M"}`."""
        ranges = change.ranges.get(question_id)
        if ranges:
            return listed([self._range(question_id, one) for one in ranges], "or")
        return listed([f"“{self.answer(question_id, value)}”" for value in values], "or")

    def _range(self, question_id: str, bounds: Mapping[str, str]) -> str:
        return listed([f"{BOUNDS[bound]} {self.answer(question_id, limit)}" for bound, limit in bounds.items()])
