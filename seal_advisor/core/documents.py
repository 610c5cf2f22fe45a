"""An explanation as the JSON of `decide --format json` and as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from seal_advisor.core import decision_sentence
from seal_advisor.core.explanation import Explanation
from seal_advisor.core.prospects import Flip
from seal_advisor.core.rules import Concern, House, Notice, Obligation, OptionOutcome, Reason
from seal_advisor.core.ruleset_types import Difference

MAX_REASONS = 4  # shown for an excluded option in text; the JSON has them all
MAX_WAYS = 3
Json = dict[str, object]


def document(explanation: Explanation) -> Json:
    """Every key is always there.

    Beyond the promised keys: `house` (null without house rules; else their name, version, sha256, and in what they are
    `stricter` and `weaker` than the released rules, each as `rule` and `what`), `answers`, `decided`, `still_open`,
    `irrelevant`, `robustness`, `idle`, `contradictions`, `notes`; of an option `title`, `headline`, `waiting_for`,
    `ranges` (beside `changes`, set by set: the ranges of durations), `obligations` and `warnings` (of this option,
    were it chosen).
    """
    decision = explanation.decision
    return {
        "ruleset": {"version": decision.ruleset_version, "sha256": decision.ruleset_sha256},
        "house": house_document(decision.house),
        "status": decision.status,
        "recommended": list(decision.recommended),
        "options": option_documents(explanation),
        "because": list(explanation.because),
        "conflicts": [list(one) for one in explanation.conflicts],
        "obligations": [_obligation(one) for one in decision.obligations],
        "warnings": [_warning(one) for one in (*decision.contradictions, *decision.warnings)],
        "next_question": explanation.next_question,
        "contradictions": [_warning(one) for one in decision.contradictions],
        "notes": [_warning(one) for one in decision.notes],
        "decided": dict(explanation.decided),
        "still_open": list(explanation.still_open),
        "irrelevant": list(explanation.irrelevant),
        "robustness": [_flip(one) for one in explanation.robustness],
        "idle": list(explanation.idle),
        "answers": decision.answers.as_json(),
    }


def house_document(house: House | None) -> Json | None:
    """The house rules under which it was decided; null when there are none."""
    if house is None:
        return None
    return {
        "name": house.name,
        "version": house.version,
        "sha256": house.sha256,
        "stricter": [{"rule": one.rule, "what": one.what} for one in house.stricter],
        "weaker": [{"rule": one.rule, "what": one.what} for one in house.weaker],
    }


def house_lines(house: House | None) -> list[str]:
    """Whose rules hold beside the released ones, and in what they are weaker; nothing without a house."""
    if house is None:
        return []
    lines = [f"House rules {house.title}, sha256 {house.sha256}: {house_sentence(house)}"]
    return lines + [f"Weaker than the released rules: {one.rule} {one.what}" for one in house.weaker]


def house_sentence(house: House) -> str:
    """In one sentence whether the house is weaker anywhere."""
    if house.weaker:
        return f"WEAKER than the released rules in {ways(house.weaker)}, stricter in {ways(house.stricter)}."
    return f"stricter than the released rules in {ways(house.stricter)}, weaker in none."


def ways(differences: Sequence[Difference]) -> str:
    """`1 way`, `3 ways`, `none`."""
    count = len(differences)
    return f"{count} way{'s' if count > 1 else ''}" if count else "none"


def option_documents(explanation: Explanation) -> list[Json]:
    """The options as the JSON has them."""
    return [_option(explanation, option) for option in explanation.decision.options]


def _option(explanation: Explanation, option: OptionOutcome) -> Json:
    found = explanation.changes[option.id]
    return {
        "id": option.id,
        "title": option.title,
        "headline": option.headline,
        "state": option.state,
        "reasons": [_reason(one) for one in option.reasons],
        "concerns": [_concern(one) for one in option.concerns],
        "changes": [dict(change.answers) for change in found],
        "ranges": [dict(change.ranges) for change in found],
        "waiting_for": list(option.waiting_for),
        "obligations": [_obligation(one) for one in option.obligations],
        "warnings": [_warning(one) for one in option.warnings],
    }


def _reason(one: Reason) -> Json:
    return {"rule": one.rule, "why": one.why, "source": str(one.source), "answers": dict(one.answers)}


def _concern(one: Concern) -> Json:
    return {
        "rule": one.rule,
        "criterion": one.criterion,
        "severity": one.severity,
        "why": one.why,
        "source": str(one.source),
        "answers": dict(one.answers),
    }


def _obligation(one: Obligation) -> Json:
    return {
        "id": one.id,
        "why": one.why,
        "controls": list(one.controls),
        "source": str(one.source),
        "answers": dict(one.answers),
        "options": list(one.options),
    }


def _warning(one: Notice) -> Json:
    return {
        "id": one.id,
        "kind": one.kind,
        "why": one.why,
        "source": str(one.source),
        "answers": dict(one.answers),
        "options": list(one.options),
    }


def _flip(one: Flip) -> Json:
    return {
        "question": one.question,
        "given": one.given,
        "values": list(one.values),
        "status": one.status,
        "recommended": list(one.recommended),
    }


def sentence(explanation: Explanation) -> str:
    """The result in one sentence."""
    decision = explanation.decision
    return decision_sentence.sentence(
        decision.status,
        decision.recommended,
        possible=[one.id for one in decision.options if one.headline and one.state != "excluded"],
        titles={one.id: one.title for one in decision.options},
        platform=decision.answers.values.get("platform"),
    )


def text(explanation: Explanation) -> str:
    """The decision for a terminal: the sentence, the options with their reasons, and what to do next."""
    decision = explanation.decision
    lines = [sentence(explanation), f"Ruleset {decision.ruleset_version}, sha256 {decision.ruleset_sha256}"]
    lines += house_lines(decision.house)
    if explanation.because:
        lines.append(f"What decided it: {_spoken(decision.answers.values, explanation.because)}")
    for one in explanation.conflicts:
        lines.append(f"Conflict: {_spoken(decision.answers.values, one)} together leave no option.")
    for warning in (*decision.contradictions, *decision.warnings):
        lines.append(f"{warning.kind.capitalize()} {warning.id}: {warning.why} Source: {warning.source}")
    for option in decision.options:
        lines += ["", *option_lines(explanation, option)]
    if decision.obligations:
        lines += ["", "What must be done:"]
        lines += [
            f"- {one.id}: {one.why}{_controls(one.controls)} Source: {one.source}" for one in decision.obligations
        ]
    if explanation.next_question:
        lines += ["", f"Next question: {explanation.next_question}"]
    return "\n".join(lines) + "\n"


def _controls(controls: Iterable[str]) -> str:
    named = ", ".join(controls)
    return f" Controls: {named}." if named else ""


def option_lines(
    explanation: Explanation, option: OptionOutcome, reasons: int = MAX_REASONS, ways: int = MAX_WAYS
) -> list[str]:
    """One option in a few lines: state, reasons that quote the answers, concerns, smallest changes."""
    lines = [f"{option.title} ({option.id}): {option.state}"]
    for reason in option.reasons[:reasons]:
        quoted = _spoken(reason.answers, reason.answers) or "nothing was answered that admits it"
        lines.append(f"  excluded by {reason.rule} ({quoted}): {reason.why} Source: {reason.source}")
    if len(option.reasons) > reasons:
        lines.append(f"  and {len(option.reasons) - reasons} more reasons")
    for concern in option.concerns if option.state != "excluded" else ():
        lines.append(
            f"  concern {concern.rule}, {concern.criterion}, severity {concern.severity} of 3: {concern.why} "
            f"Source: {concern.source}"
        )
    if option.waiting_for:
        lines.append(f"  may still be excluded by: {', '.join(option.waiting_for)}")
    found = explanation.changes[option.id]
    lines += [
        f"  would be admitted by {'; '.join(change_words(change.answers, change.ranges))}" for change in found[:ways]
    ]
    if len(found) > ways:
        lines.append(f"  and {len(found) - ways} more ways: explain --option {option.id}")
    return lines


def change_words(answers: Mapping[str, list[str]], ranges: Mapping[str, list[dict[str, str]]]) -> list[str]:
    """`boundary: anywhere or shared_hsm`, `rto: at least PT4H`, one text for each question."""
    found = []
    for question, values in answers.items():
        words = [
            " and ".join(f"{bound.replace('_', ' ')} {value}" for bound, value in one.items()) or "any duration"
            for one in ranges.get(question, ())
        ]
        found.append(f"{question}: {' or '.join(words or values)}")
    return found


def _spoken(values: Mapping[str, str | None], questions: Iterable[str]) -> str:
    return ", ".join(f"{question} = {values[question]}" for question in questions)
