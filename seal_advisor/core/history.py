"""Decisions that outlive their ruleset: what is stored, how it is evaluated again, how a draft comes over.

A stored decision holds everything that it rests on: the ruleset's texts, their sha256, the engine's version, the
answers and the outcome. `reevaluate` computes the outcome again from the texts and answers alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from seal_advisor.core import answers, explain, loader
from seal_advisor.core.answers import Answers, AnswersError
from seal_advisor.core.record import Record
from seal_advisor.core.ruleset_types import Ruleset

ENGINE = "2"  # rises when the same ruleset and answers would yield another document


class HistoryError(Exception):
    """A stored decision that is not whole: the text says which part."""


def canonical(document: object) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8: the same document is the same bytes.

    >>> canonical({"b": 1, "a": "ü"})
    b'{"a":"\\xc3\\xbc","b":1}'
    """
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def stored(ruleset: Ruleset, given: Answers) -> dict[str, object]:
    """What must be kept so that the decision can be evaluated again: a JSON document."""
    return {
        "engine": ENGINE,
        "ruleset": {"version": ruleset.version, "sha256": ruleset.sha256, "files": dict(ruleset.files)},
        "answers": given.as_json(),
        "decision": explain.document(ruleset, given),
    }


def reevaluate(kept: Mapping[str, Any]) -> bytes:
    """The canonical bytes of the outcome, computed again from the stored texts and answers.

    They equal `canonical(kept["decision"])` unless something was changed since. Raises HistoryError when the texts do
    not have the stored sha256, when a part is missing, or when another engine wrote it.
    """
    try:
        engine, texts, given = kept["engine"], kept["ruleset"], kept["answers"]
        files, sha256 = texts["files"], texts["sha256"]
    except (KeyError, TypeError) as error:
        raise HistoryError(f"the stored decision is not whole: {error} is missing") from None
    if engine != ENGINE:
        raise HistoryError(f"the stored decision was made by engine {engine!r}; this is engine {ENGINE}")
    if loader.digest(files) != sha256:
        raise HistoryError("the stored ruleset does not have its sha256: it was changed since")
    ruleset = loader.load(files)
    return canonical(explain.document(ruleset, answers.parse(given, ruleset)))


class Migrated(Record):
    """A draft in the words of a new ruleset. unmapped: question id -> answer that could not come over."""

    answers: Answers
    unmapped: Mapping[str, str]


def migrate(draft: Mapping[str, Any], ruleset: Ruleset) -> Migrated:
    """A draft of an older version (a document as `Answers.as_json` makes it) for this ruleset.

    Questions and values are renamed as [[migrate]] says for the draft's version; what the ruleset then does not know
    becomes "I do not know" and is listed. Notes and `unsure` follow their question.
    """
    version = draft.get("ruleset")
    steps = {one.question: one for one in ruleset.migrations if one.from_version == version}
    renamed = {question: one.to_question for question, one in steps.items()}
    values: dict[str, str | None] = {}
    unmapped: dict[str, str] = {}
    for question, value in draft.get("answers", {}).items():
        target = renamed.get(question, question)
        new = steps[question].values.get(value, value) if question in steps and value is not None else value
        if _fits(target, new, ruleset):
            values[target] = new
        elif value is not None:
            unmapped[question] = value
    notes = {renamed.get(one, one): note for one, note in draft.get("notes", {}).items()}
    document = {
        "answers": values,
        "unsure": [renamed.get(one, one) for one in draft.get("unsure", []) if renamed.get(one, one) in ruleset.by_id],
        "notes": {question: note for question, note in notes.items() if question in ruleset.by_id},
    }
    return Migrated(answers.parse(document, ruleset), unmapped)


def _fits(question: str, value: object, ruleset: Ruleset) -> bool:
    try:
        answers.parse({"answers": {question: value}}, ruleset)
    except AnswersError:
        return False
    return True
