"""The agenda of a review, built from what is there: nobody prepares it.

What stops the decision comes first: answers that clash, red controls, answers that somebody is not sure of, questions
that can still change the result, what no longer proves anything, what was waived, remarks that wait, warnings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from evidence.core.results import Result, Verdict
from seal_advisor.core.explanation import Explanation
from seal_advisor.core.record import Record
from seal_advisor.core.ruleset_types import Ruleset

# The order of the meeting. Each kind is a word of the outside: addresses, API, minutes.
KINDS = ("conflict", "red_control", "unsure", "open_question", "stale", "waiver", "remark", "warning", "new_evidence")
_OF_VERDICT = {
    Verdict.FAIL: "red_control",
    Verdict.CANNOT_DECIDE: "red_control",
    Verdict.STALE: "stale",
    Verdict.WAIVED: "waiver",
}


class Item(Record):
    """One point to talk about.

    subject: what it is about, as remarks name it: "answer:hsm", "control:C-TL-01", "reason:R026", "artefact:ID" or
    "remark:ID". title, detail: plain text. question: the question whose other answers can be tried out here, "" none.
    """

    kind: str
    subject: str
    title: str
    detail: str = ""
    question: str = ""


class OpenRemark(Record):
    """The first entry of a thread that nobody has resolved. id: as text."""

    id: str
    subject: str
    text: str
    author: str


def agenda(
    explanation: Explanation,
    ruleset: Ruleset,
    *,
    results: Sequence[Result] = (),
    remarks: Sequence[OpenRemark] = (),
    received_since: int = 0,
) -> tuple[Item, ...]:
    """Every point, in the order of KINDS. received_since: files that came in after the evidence set was frozen."""
    found = [
        *_conflicts(explanation, ruleset),
        *_controls(results),
        *_unsure(explanation, ruleset),
        *_open(explanation, ruleset),
        *(Item("remark", f"remark:{one.id}", one.text, f"{one.author}, on {one.subject}") for one in remarks),
        *_warnings(explanation),
    ]
    if received_since:
        files = f"{received_since} file{'s' if received_since > 1 else ''}"
        found.append(
            Item("new_evidence", "evidence", f"{files} received since this review was opened", "Not part of the set.")
        )
    return tuple(sorted(found, key=lambda item: KINDS.index(item.kind)))


def _conflicts(explanation: Explanation, ruleset: Ruleset) -> Iterator[Item]:
    for one in explanation.decision.contradictions:
        yield _clash(tuple(one.answers), one.why, ruleset)
    for group in explanation.conflicts:
        yield _clash(group, "Together these answers leave no option.", ruleset)


def _clash(questions: Sequence[str], why: str, ruleset: Ruleset) -> Item:
    title = " / ".join(ruleset.by_id[key].text for key in questions)
    return Item("conflict", f"answer:{questions[0]}", title, why, questions[0])


def _controls(results: Iterable[Result]) -> Iterator[Item]:
    for one in results:
        kind = _OF_VERDICT.get(one.verdict)
        if kind:
            yield Item(kind, f"control:{one.control}", one.title, f"{one.control}: {one.reason}")


def _unsure(explanation: Explanation, ruleset: Ruleset) -> Iterator[Item]:
    answers = explanation.decision.answers
    for question in ruleset.questions:
        if question.id in answers.unsure:
            given = said(ruleset, question.id, answers.values.get(question.id))
            note = answers.notes.get(question.id, "")
            yield Item(
                "unsure", f"answer:{question.id}", question.text, f"Answered “{given}”. {note}".rstrip(), question.id
            )


def _open(explanation: Explanation, ruleset: Ruleset) -> Iterator[Item]:
    for key in explanation.still_open:
        question = ruleset.by_id[key]
        yield Item("open_question", f"answer:{key}", question.text, "Not answered, and can still change this.", key)


def _warnings(explanation: Explanation) -> Iterator[Item]:
    for one in explanation.decision.warnings:
        about = next(iter(one.answers), "")
        yield Item("warning", f"reason:{one.id}", one.why, f"Rule {one.id}", about)


def said(ruleset: Ruleset, question: str, value: str | None) -> str:
    """The label that was chosen; the text itself for a free answer."""
    if value is None:
        return "I do not know"
    return next((one.label for one in ruleset.by_id[question].values if one.id == value), value)
