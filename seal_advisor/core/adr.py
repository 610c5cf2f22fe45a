"""The decision record: an ADR in MADR's form, with the source of every sentence.

SOURCE: https://adr.github.io/madr/ (headings of the full template).
"""

from __future__ import annotations

from seal_advisor.core import loss_record
from seal_advisor.core.documents import change_words, house_sentence, sentence
from seal_advisor.core.explanation import Explanation
from seal_advisor.core.rules import OptionOutcome
from seal_advisor.core.ruleset_types import Question, Ruleset

CONTEXT = """Vault and OpenBao keep their data under a root key, and the root key under a seal. Which seal do these \
answers allow, and which of those is the best?"""
STATUS = {"recommended": "proposed", "tie": "proposed", "none": "blocked", "open": "draft"}


def record(ruleset: Ruleset, explanation: Explanation) -> str:
    """The whole record as Markdown."""
    decision = explanation.decision
    parts = [
        "# How the root key is sealed",
        "",
        f"- Status: {STATUS[decision.status]}",
        f"- Ruleset: {decision.ruleset_version}, sha256 `{decision.ruleset_sha256}`",
        *_house(explanation),
        "",
        "## Context and problem statement",
        "",
        CONTEXT,
        "",
        *_answers(ruleset, explanation),
        "## Decision drivers",
        "",
        *_drivers(ruleset, explanation),
        "## Considered options",
        "",
        *(f"- {option.title} (`{option.id}`): {option.state}" for option in decision.options),
        "",
        "## Decision outcome",
        "",
        sentence(explanation),
        "",
        *_conflicts(explanation),
        *_consequences(explanation),
        *_losses(explanation),
        *_confirmation(explanation),
        "## Pros and cons of the options",
        "",
    ]
    for option in decision.options:
        parts += _option(explanation, option)
    return "\n".join([*parts, *_more(explanation)]).rstrip() + "\n"


def _house(explanation: Explanation) -> list[str]:
    """Whose rules hold beside the released ones, and every difference, the weaker first."""
    house = explanation.decision.house
    if house is None:
        return []
    lines = [f"- House rules: {plain(house.title)}, sha256 `{house.sha256}`; {house_sentence(house)}"]
    lines += [f"    - **Weaker:** {one.rule} {one.what}" for one in house.weaker]
    return lines + [f"    - Stricter: {one.rule} {one.what}" for one in house.stricter]


def _answers(ruleset: Ruleset, explanation: Explanation) -> list[str]:
    answers = explanation.decision.answers
    lines = ["| question | answer | remark |", "|---|---|---|"]
    for question in ruleset.questions:
        value = answers.values.get(question.id)
        if value is None and not question.core:
            continue
        remarks = ["not sure"] if question.id in answers.unsure else []
        remarks += [plain(answers.notes[question.id])] if question.id in answers.notes else []
        spoken = _label(question, value) if value is not None else "I do not know"
        lines.append(f"| {question.text} (`{question.id}`) | {spoken} | {'; '.join(remarks)} |")
    return [*lines, ""]


def _label(question: Question, value: str) -> str:
    label = next((one.label for one in question.values if one.id == value), None)
    return f"{label} (`{value}`)" if label else plain(value)


def plain(text: str) -> str:
    """A user's text as text: on one line, with nothing that Markdown would read as markup.

    >>> plain("a | b <i>")
    'a \\\\| b \\\\<i\\\\>'
    """
    return "".join(f"\\{letter}" if letter in "\\|<>[]()*_`#!&~" else letter for letter in " ".join(text.split()))


def _drivers(ruleset: Ruleset, explanation: Explanation) -> list[str]:
    if not explanation.because:
        return ["No answer has decided anything yet.", ""]
    values = explanation.decision.answers.values
    by_id = ruleset.by_id
    lines = ["These answers alone yield the result; the others could be left open:", ""]
    lines += [f"- {by_id[one].text} **{_label(by_id[one], values[one] or '')}**" for one in explanation.because]
    if explanation.idle:
        lines += ["", f"Changing only one of these changes nothing: {_codes(explanation.idle)}."]
    return [*lines, ""]


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _conflicts(explanation: Explanation) -> list[str]:
    if not explanation.conflicts:
        return []
    lines = ["Each of these sets of answers leaves no option by itself; one answer of each must give way:", ""]
    return [*lines, *(f"- {_codes(one)}" for one in explanation.conflicts), ""]


def _consequences(explanation: Explanation) -> list[str]:
    decision = explanation.decision
    lines = [f"- **{one.kind.capitalize()}** {one.why} ({one.id}; {one.source})"
             for one in (*decision.contradictions, *decision.warnings, *decision.notes)]  # fmt: skip
    return ["### Consequences", "", *lines, ""] if lines else []


def _losses(explanation: Explanation) -> list[str]:
    """What the recommended seal costs when a part of it is gone, and that recovery keys do not replace it."""
    decision = explanation.decision
    chosen = [(one.id, one.title) for one in decision.options if one.id in decision.recommended]
    return loss_record.markdown(chosen, decision.answers.values.get("platform"))


def _confirmation(explanation: Explanation) -> list[str]:
    lines = []
    for one in explanation.decision.obligations:
        controls = f" Evidence: {', '.join(one.controls)}." if one.controls else ""
        lines.append(f"- {one.why}{controls} ({one.id}; {one.source})")
    return ["### Confirmation", "", *lines, ""] if lines else []


def _option(explanation: Explanation, option: OptionOutcome) -> list[str]:
    lines = [f"### {option.title}", "", f"State: {option.state}.", ""]
    for reason in option.reasons:
        quoted = ", ".join(f"`{question}` = `{value}`" for question, value in reason.answers.items())
        lines.append(f"- Bad, excluded: {reason.why} ({reason.rule}{'; ' + quoted if quoted else ''}; {reason.source})")
    for concern in option.concerns:
        where = f"{concern.criterion}, severity {concern.severity} of 3"
        lines.append(f"- Bad, {where}: {concern.why} ({concern.rule}; {concern.source})")
    if option.waiting_for:
        lines.append(f"- Open: may still be excluded by {_codes(option.waiting_for)}")
    lines += [
        f"- Would be admitted by: {'; '.join(change_words(change.answers, change.ranges))}"
        for change in explanation.changes[option.id]
    ]
    if lines[-1] == "":
        lines.append("- Good, nothing that was answered speaks against it.")
    return [*lines, ""]


def _more(explanation: Explanation) -> list[str]:
    lines = ["## More information", ""]
    for flip in explanation.robustness:
        result = ", ".join(flip.recommended) or flip.status
        given = f"instead of `{flip.given}`" if flip.given else "which is not answered"
        lines.append(f"- `{flip.question}` {given}: {' or '.join(flip.values)} would give {result}")
    if explanation.next_question:
        lines.append(f"- Next question: `{explanation.next_question}`")
    if not lines[2:]:
        lines.append("No single answer changes the result.")
    return lines
