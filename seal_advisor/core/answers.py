"""Answers: what was said, and the only way in.

    {"ruleset": "2026.11.0", "answers": {"boundary": "dedicated_hsm", "rto": null}, "unsure": ["hsm"], "notes": {}}

`null` or absent means "I do not know". Everything else must be exactly right: an answer that is silently dropped would
decide something else than was asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from seal_advisor.core import words
from seal_advisor.core.record import Record, field
from seal_advisor.core.regex import regex
from seal_advisor.core.ruleset_types import Question, Ruleset
from seal_advisor.core.scales import shown

MAX_CHARACTERS = 256 * 1024
MAX_DEPTH = 24
MAX_TEXT = 10_000
KEYS = ("ruleset", "answers", "unsure", "notes")
_BRACKETS = regex(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


class AnswersError(Exception):
    """The answers cannot be understood. line: of the JSON text. at: the path of what is wrong, to find that line by."""

    def __init__(self, message: str, line: int | None = None, at: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.line = line
        self.at = at

    def located(self, text: str) -> AnswersError:
        """The same error with the line that its path has in this text."""
        if self.line is None and self.at:
            self.line = next((_line(text, match) for path, match in _places(text) if path == self.at), None)
        return self


class Answers(Record):
    """Checked answers, in the order of the page. ruleset: the version they were checked against."""

    ruleset: str
    values: Mapping[str, str | None]
    unsure: frozenset[str] = frozenset()
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def given(self) -> dict[str, str]:
        """The answers that say something."""
        return {question: value for question, value in self.values.items() if value is not None}

    def as_json(self) -> dict[str, object]:
        """The document that `parse` reads back to the same answers."""
        return {
            "ruleset": self.ruleset,
            "answers": dict(self.values),
            "unsure": sorted(self.unsure),
            "notes": dict(self.notes),
        }


def loads(text: str, ruleset: Ruleset) -> Answers:
    """A JSON text becomes Answers. Raises AnswersError, with its line wherever it has one."""
    try:
        return parse(document(text), ruleset)
    except AnswersError as error:
        raise error.located(text) from None


def document(text: str) -> object:
    """The JSON value of a text; duplicate keys, NaN, excessive size and depth are refused with AnswersError."""
    if len(text) > MAX_CHARACTERS:
        raise AnswersError(f"longer than {MAX_CHARACTERS // 1024} KiB; an answers file is a page long")
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth += (match[0] in "[{") - (match[0] in "]}")
        if depth > MAX_DEPTH:
            raise AnswersError(f"nested more than {MAX_DEPTH} levels deep", _line(text, match))
    try:
        return json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except _TwiceError as error:
        raise AnswersError(f"{shown(error.args[0])} stands twice; say it once", _second(text, error.args[0])) from None
    except json.JSONDecodeError as error:
        raise AnswersError(f"no JSON: {error.msg} (column {error.colno})", error.lineno) from None
    except ValueError as error:  # a number of thousands of digits
        raise AnswersError("no JSON that we read: a number has thousands of digits") from error


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in names if names.count(name) > 1))
    return table


class _TwiceError(Exception):
    """A key stands twice in one object; the argument is the key."""


def _places(text: str) -> Iterator[tuple[tuple[str, ...], re.Match[str]]]:
    """(path, place) of every text: {"answers": {"hsm": null}} has ("answers",) and ("answers", "hsm")."""
    opened: list[str] = []
    last = ""
    for match in _BRACKETS.finditer(text):
        if match[0] in "[{":
            opened.append(last)
        elif match[0] in "]}":
            opened = opened[:-1]
        else:
            last = str(json.loads(match[0], strict=False))
            yield (*opened[1:], last), match


def _second(text: str, name: str) -> int | None:
    """The line of the second key of that name in one object."""
    seen = set()
    for path, match in _places(text):
        if path[-1] == name and text[match.end() :].lstrip()[:1] == ":":
            if path in seen:
                return _line(text, match)
            seen.add(path)
    return None


def _line(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.start()) + 1


def _no_constant(name: str) -> Any:
    raise AnswersError(f"{name} is no JSON value")


def parse(document: object, ruleset: Ruleset) -> Answers:
    """A JSON document (already read) becomes Answers.

    Raises AnswersError, with the nearest valid name, for an unknown key, question or value, for a duration or version
    that is none, for a wrong JSON type, and for answers written for another version of the ruleset.
    """
    if not isinstance(document, dict):
        raise AnswersError(f'must be a JSON object such as {{"answers": {{...}}}}, not {_type(document)}')
    for key in document:
        _valid(key, sorted(KEYS), "answers file: no key", (key,))
    if "answers" not in document:
        raise AnswersError('\'answers\' is missing: {"answers": {"boundary": "anywhere"}}')
    version = document.get("ruleset")
    if version is not None and version != ruleset.version:
        raise AnswersError(f"written for ruleset {shown(version)}; this is {ruleset.version}", at=("ruleset",))
    given = _table(document["answers"], "answers")
    for question, value in given.items():
        _known(question, ruleset, "answers")
        _check(ruleset.by_id[question], value)
    unsure = [] if document.get("unsure") is None else document["unsure"]
    if not isinstance(unsure, list):
        raise AnswersError(f"'unsure' must be a list of question ids, not {_type(unsure)}", at=("unsure",))
    for question in unsure:
        _known(question, ruleset, "unsure")
    notes = _table({} if document.get("notes") is None else document["notes"], "notes")
    for question, note in notes.items():
        _known(question, ruleset, "notes")
        _text(note, f"notes: {question}", ("notes", question))
    order = [question.id for question in ruleset.questions]
    return Answers(
        ruleset=ruleset.version,
        values={question: given[question] for question in order if question in given},
        unsure=frozenset(unsure),
        notes={question: notes[question] for question in order if question in notes},
    )


def _check(question: Question, value: object) -> None:
    if value is None:
        return
    at = ("answers", question.id)
    text = _text(value, question.id, at)
    if question.kind == "choice":
        _valid(text, [one.id for one in question.values], f"{question.id}: no value", at)
        return
    if question.kind == "text" and not text.strip():
        raise AnswersError(f'{question.id}: empty; leave it out or write null for "I do not know"', at=at)
    try:
        question.bit(text)
    except ValueError as error:
        raise AnswersError(f"{question.id}: {error}", at=at) from None


def _known(question: object, ruleset: Ruleset, where: str) -> None:
    if not isinstance(question, str):
        raise AnswersError(f"{where}: a question id is a text, not {_type(question)}", at=(where,))
    _valid(question, ruleset.by_id, f"{where}: no question", (where, question))


def _valid(word: str, valid: Iterable[str], what: str, at: tuple[str, ...]) -> None:
    """Raises AnswersError with the place and the nearest valid word, unless the word is valid."""
    words.known(word, valid, what, partial(AnswersError, at=at))


def _table(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise AnswersError(f"'{where}' must be an object, not {_type(value)}", at=(where,))
    return value


def _text(value: object, where: str, at: tuple[str, ...]) -> str:
    """A text of a bounded length that can be written as UTF-8."""
    if not isinstance(value, str):
        raise AnswersError(f"{where}: must be a text in quotes, not {_type(value)}", at=at)
    if len(value) > MAX_TEXT:
        raise AnswersError(f"{where}: longer than {MAX_TEXT} characters", at=at)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise AnswersError(f"{where}: holds half a character (a lone surrogate)", at=at) from None
    return value


def _type(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
