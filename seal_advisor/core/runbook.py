"""What a runbook is: steps that a person can follow, each with who, the command and the output to expect."""

from __future__ import annotations

from collections.abc import Callable

from seal_advisor.core.design import Design
from seal_advisor.core.record import Record

OPERATOR = "Vault operator"
HSM_ADMIN = "HSM administrator"
CLOUD_ADMIN = "cloud administrator"
HOLDER = "key holder"
MASTER = "ceremony master"
WITNESS = "witness"


class Step(Record):
    """command: lines for a shell, "" where there is nothing to type. expect: what must be seen before going on."""

    title: str
    who: str
    command: str
    expect: str
    why: str = ""


class Text(Record):
    """A runbook for one design. intro: paragraphs above the steps. sources: addresses."""

    intro: tuple[str, ...]
    steps: tuple[Step, ...]
    sources: tuple[str, ...]


class Runbook(Record):
    """name: file name without .md. text: the steps for a design."""

    name: str
    title: str
    text: Callable[[Design], Text]


def markdown(runbook: Runbook, design: Design, subject: str) -> str:
    """The runbook as Markdown; the same design gives the same bytes."""
    text = runbook.text(design)
    lines = [f"# {runbook.title}", "", f"For {subject}. {_generated(design)}", ""]
    for paragraph in text.intro:
        lines += [paragraph, ""]
    for number, step in enumerate(text.steps, 1):
        lines += [f"## {number}. {step.title}", "", f"Who: {step.who}", ""]
        if step.command:
            lines += ["```sh", *step.command.splitlines(), "```", ""]
        lines += [f"Expect: {step.expect}", ""]
        if step.why:
            lines += [f"Why: {step.why}", ""]
    lines += ["## Sources", "", *(f"- {source}" for source in text.sources)]
    return "\n".join(lines) + "\n"


def _generated(design: Design) -> str:
    return f"Ruleset {design.ruleset_version} ({design.ruleset_sha256[:16]})."
