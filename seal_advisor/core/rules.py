"""The decision: rules over answers, as boxes of bits.

A rule is a box: conditions joined by AND. Answers pack into one integer with a bit for each value; a rule fires for
certain when `answers & rule.forbids == 0`. An unanswered question sets all of its bits, so that the same test means
"whatever the answer turns out to be", and `known & rule.forbids == 0` means "it may still fire".

The TOML (folder `ruleset/`, one file per topic) reads:

    # questions.toml; the order in the file is the order on the page
    [ruleset]                      # exactly once
    version = "2026.11.0"
    [question.boundary]
    text, help, topic = "..."      # the question, why we ask it in plain words, the group on the page
    kind = "choice"                # or "duration" (ISO 8601), "version" (dotted numbers), "text"
    ordered = true                 # may be compared: at_least, at_most, above, below
    core = true                    # false: a refinement, which unanswered neither excludes nor leaves open
    absent = "none"                # refinements only, optional: unanswered counts as this value
    values = [{ id = "anywhere", label = "...", help = "..." }]   # rising, when ordered; kind "choice" only
    # options.toml
    [option.pkcs11]                title, headline = true | false, summary
    # settings.toml
    [setting.rto_by_hand]          value = "PT1H" (a duration, a version or a number), why = "..."
    # sources.toml
    [source.vu_pkcs11]             title, address, read = 2026-11-24
    # rules_TOPIC.toml
    [rule.R001]
    effect = "exclude"             # exclude | concern | oblige | warn | inconsistent | note
    options = ["pkcs11"]           # needed by exclude and concern; oblige, warn and note then speak only when one of
                                   # them is chosen (while nothing is: alive); absent: about the answers alone
    when.platform = "vault_community"       # one value; a list is any of
    when.boundary = { at_least = "shared_hsm" }  # at_least, at_most, above, below, is_not (a value or a list); two
                                   # bounds may stand together; a duration or version may be "$setting"
    when.hsm_certificate = { is_not = "fips_140_3_active", or_unanswered = true }  # refinements, never in an exclude
    outcome = "none"               # oblige, warn and note only: "none", "tie", "open" or "recommended"
    criterion = "recovery"         # concern only: regulatory, recovery, operations, cost (in this order)
    severity = 2                   # concern only: 1 to 3
    controls = ["C-KB-02"]         # oblige only
    follows = "R026"               # exclude and concern, optional: that rule holds wherever this one does, which is
                                   # kept for the second reason that it gives
    why = "...", source = "vu_pkcs11"       # always
    # migrate.toml
    [[migrate]]                    # how a draft of an older version comes over
    from_version = "2026.9.0"
    question = "hsm"; to_question = "hsm"   # to_question absent: the same; the answer is dropped when neither exists
    values = { one = "single" }    # old value -> new value; what is not named stays

An organisation's own files, laid over these, are described in `house`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from seal_advisor.core.answers import Answers
from seal_advisor.core.compiler import RANK_BITS
from seal_advisor.core.loader import digest, load
from seal_advisor.core.record import Record
from seal_advisor.core.ruleset_types import (
    CRITERIA,
    EFFECTS,
    House,
    Option,
    Question,
    Rule,
    Ruleset,
    RulesetError,
    Source,
)

__all__ = [
    "CRITERIA",
    "Concern",
    "Decision",
    "House",
    "Notice",
    "Obligation",
    "Option",
    "OptionOutcome",
    "Outcome",
    "Question",
    "Reason",
    "Rule",
    "Ruleset",
    "RulesetError",
    "Source",
    "decide",
    "digest",
    "load",
    "outcome",
    "pack",
    "rank_of",
]  # fmt: skip


class Reason(Record):
    """Why an option is excluded, or may still be. answers: the user's own answers that the rule rests on."""

    rule: str
    why: str
    source: Source
    answers: Mapping[str, str]


class Concern(Record):
    """What speaks against an option without excluding it. severity: 1 to 3."""

    rule: str
    why: str
    source: Source
    answers: Mapping[str, str]
    criterion: str
    severity: int


class Obligation(Record):
    """What must be done. options: the option ids that it belongs to, empty for all of them."""

    id: str
    why: str
    source: Source
    answers: Mapping[str, str]
    controls: tuple[str, ...]
    options: tuple[str, ...]


class Notice(Record):
    """What must be known. kind: "warning", "contradiction" (two answers that cannot both be true) or "note"."""

    id: str
    kind: str
    why: str
    source: Source
    answers: Mapping[str, str]
    options: tuple[str, ...]


class OptionOutcome(Record):
    """One option. state: recommended, possible, excluded or open.

    reasons: the exclusions that fire. waiting_for: for state open, the unanswered questions that could exclude it.
    obligations, warnings: what would hold if this option were chosen, beyond what holds for all.
    """

    id: str
    title: str
    headline: bool
    state: str
    reasons: tuple[Reason, ...]
    waiting_for: tuple[str, ...]
    concerns: tuple[Concern, ...]
    obligations: tuple[Obligation, ...]
    warnings: tuple[Notice, ...]


class Decision(Record):
    """The outcome with all that it says. status: recommended, tie, none or open.

    obligations, warnings, notes: those about the answers alone and those of the recommended options (while nothing is
    recommended: of every option that is not excluded). house: the house rules that the ruleset was overlaid with.
    """

    ruleset_version: str
    ruleset_sha256: str
    status: str
    recommended: tuple[str, ...]
    options: tuple[OptionOutcome, ...]
    obligations: tuple[Obligation, ...]
    warnings: tuple[Notice, ...]
    contradictions: tuple[Notice, ...]
    notes: tuple[Notice, ...]
    answers: Answers
    house: House | None = None

    @property
    def ruleset_title(self) -> str:
        """The ruleset's version, with the house rules that were laid over it."""
        return f"{self.ruleset_version} with the house rules {self.house.title}" if self.house else self.ruleset_version

    def option(self, name: str) -> OptionOutcome:
        """The option of that id. Raises KeyError."""
        for one in self.options:
            if one.id == name:
                return one
        raise KeyError(name)


NOTICES = {"warn": "warning", "inconsistent": "contradiction", "note": "note"}
Outcome = tuple[str, int, int, int]
"""(status, recommended, excluded, open): the last three as bits of the options' indexes."""


def pack(ruleset: Ruleset, values: Mapping[str, str | None]) -> tuple[int, int]:
    """(bits, known): all bits that the answers leave, and those of the answered questions only.

    A refinement counts as answered (by "not answered" or its `absent` value): it never leaves anything open.
    """
    bits, known, choices = ruleset.blank, ruleset.settled, ruleset.bits
    for question, value in values.items():
        if value is not None:
            if question in choices:
                others, one = choices[question][value]
            else:
                asked = ruleset.by_id[question]
                others, one = ~asked.field, asked.bit(value)
            bits = bits & others | one
            known = known & others | one
    return bits, known


def outcome(ruleset: Ruleset, bits: int, known: int) -> Outcome:
    """The bare result for packed answers."""
    excluded = possible = 0
    for forbids, options in ruleset.exclusions:
        if not bits & forbids:
            excluded |= options
        elif not known & forbids:
            possible |= options
    alive, excluded, still_open = contenders(ruleset, bits, excluded, possible)
    weights = 0
    if alive & alive - 1:
        for forbids, weight in ruleset.concerns:
            if not bits & forbids:
                weights |= weight
    return judged(alive, excluded, still_open, weights)


def contenders(ruleset: Ruleset, bits: int, excluded: int, possible: int) -> tuple[int, int, int]:
    """(alive, excluded, open), from the options of the rules that fire or may: the ranking chooses among the alive."""
    if possible & ~excluded:
        for forbids, options in ruleset.joint:
            if not bits & forbids:
                excluded |= options
    still_open = possible & ~excluded
    certain = ruleset.all_options & ~excluded & ~still_open
    alive = certain & ruleset.headline or (0 if still_open & ruleset.headline else certain)
    return alive, excluded, still_open


def judged(alive: int, excluded: int, still_open: int, weights: int) -> Outcome:
    """The status, and of the options that are alive the best."""
    if not alive:
        return ("open" if still_open else "none"), 0, excluded, still_open
    if alive & alive - 1:
        alive = best(alive, weights)
    return ("tie" if alive & alive - 1 else "recommended"), alive, excluded, still_open


def best(options: int, weights: int) -> int:
    """Of the options those with the least weight: lexicographically the worst concern in each criterion."""
    least, best, left = -1, 0, options
    while left:
        one = left & -left
        left ^= one
        weight = rank_of(weights, one.bit_length() - 1)
        if weight < least or least < 0:
            least, best = weight, one
        elif weight == least:
            best |= one
    return best


def rank_of(weights: int, index: int) -> int:
    """The weight of one option: the smaller the better."""
    return weights >> RANK_BITS * index & (1 << RANK_BITS) - 1


def decide(ruleset: Ruleset, answers: Answers) -> Decision:
    """The decision on answers that were checked against this ruleset. Pure: the same in, the same out."""
    bits, known = pack(ruleset, answers.values)
    status, recommended, excluded, still_open = outcome(ruleset, bits, known)
    chosen = recommended or ruleset.all_options & ~excluded
    said: list[_Said] = [{effect: [] for effect in EFFECTS} for _ in ruleset.options]
    heard: _Said = {effect: [] for effect in EFFECTS}
    for rule in ruleset.rules:
        if bits & rule.forbids or (rule.outcome and rule.outcome != status):
            continue
        word = _word(rule, answers.values)
        for index in rule.options:
            said[index][rule.effect].append(word)
        if not rule.options or rule.option_bits & chosen:
            heard[rule.effect].append(word)
    return Decision(
        ruleset_version=ruleset.version,
        ruleset_sha256=ruleset.sha256,
        status=status,
        recommended=ruleset.option_ids(recommended),
        options=tuple(
            _option(ruleset, index, said[index], _state(1 << index, recommended, excluded, still_open), answers, known)
            for index in range(len(ruleset.options))
        ),
        obligations=_only(Obligation, heard["oblige"]),
        warnings=_only(Notice, heard["warn"]),
        contradictions=_only(Notice, heard["inconsistent"]),
        notes=_only(Notice, heard["note"]),
        answers=answers,
        house=ruleset.house,
    )


def _state(bit: int, recommended: int, excluded: int, still_open: int) -> str:
    if recommended & bit:
        return "recommended"
    return "excluded" if excluded & bit else "open" if still_open & bit else "possible"


Word = Reason | Concern | Obligation | Notice
_Said = dict[str, list[Word]]  # effect -> what the rules of that effect say
_Kind = TypeVar("_Kind", bound=Word)


def _only(kind: type[_Kind], words: list[Word]) -> tuple[_Kind, ...]:
    return tuple(word for word in words if isinstance(word, kind))


def _word(rule: Rule, values: Mapping[str, str | None]) -> Word:
    """What the rule says, quoting the user's own answers."""
    quoted = {question: value for question in rule.allows if (value := values.get(question)) is not None}
    if rule.effect == "exclude":
        return Reason(rule.id, rule.why, rule.source, quoted)
    if rule.effect == "concern":
        return Concern(rule.id, rule.why, rule.source, quoted, rule.criterion, rule.severity)
    if rule.effect == "oblige":
        return Obligation(rule.id, rule.why, rule.source, quoted, rule.controls, rule.option_names)
    return Notice(rule.id, NOTICES[rule.effect], rule.why, rule.source, quoted, rule.option_names)


def _option(ruleset: Ruleset, index: int, said: _Said, state: str, answers: Answers, known: int) -> OptionOutcome:
    """One option. Its reasons are the exclusions that fire, those that quote an answer first; where none does alone,
    those that may, since together they cover every case.
    """
    option = ruleset.options[index]
    reasons: list[Word] = said["exclude"]
    waiting: tuple[str, ...] = ()
    if state in ("excluded", "open") and not reasons:
        may = [
            rule
            for rule in ruleset.rules
            if rule.effect == "exclude" and index in rule.options and not known & rule.forbids
        ]
        if state == "excluded":
            reasons = [_word(rule, answers.values) for rule in may]
        else:
            named = {question for rule in may for question in rule.allows}
            unanswered = [question for question in ruleset.questions if not known & question.field]
            waiting = tuple(question.id for question in unanswered if question.id in named)
    return OptionOutcome(
        id=option.id,
        title=option.title,
        headline=option.headline,
        state=state,
        reasons=tuple(sorted(_only(Reason, reasons), key=lambda reason: not reason.answers)),
        waiting_for=waiting,
        concerns=_only(Concern, said["concern"]),
        obligations=_only(Obligation, said["oblige"]),
        warnings=_only(Notice, said["warn"]),
    )
