"""A decision as files: the server configuration, the runbooks, the decision record and the drawings.

Pure and deterministic: the same decision gives the same bytes. No secret is ever in them, and every value that only
stands in is marked REPLACE in the configuration and listed in README.md.
"""

from __future__ import annotations

from hashlib import sha256

from seal_advisor.core import diagrams, explain
from seal_advisor.core.design import PLATFORM_TITLES, Design, seals_of
from seal_advisor.core.documents import sentence
from seal_advisor.core.explanation import Explanation
from seal_advisor.core.rules import Decision
from seal_advisor.core.ruleset_types import Ruleset
from seal_advisor.core.runbook import markdown
from seal_advisor.core.runbooks import RUNBOOKS
from seal_advisor.core.seals import SEALS
from seal_advisor.core.server_config import Blank, ServerConfig, server_config

CONFIG = "vault.hcl"
README = "README.md"
SUMS = "SHA256SUMS"


class CannotGenerate(Exception):
    """There is nothing to generate; the message says why and what to do."""


class NotDecided(CannotGenerate):
    """Answers are missing. question: the one that settles most, None when no single one does."""

    def __init__(self, message: str, question: str | None) -> None:
        super().__init__(message)
        self.question = question


class NoOption(CannotGenerate):
    """No option satisfies the answers."""


def files(decision: Decision, ruleset: Ruleset, *, option: str | None = None) -> dict[str, str]:
    """Relative path -> text, for the recommended option or the one asked for.

    On a tie the first of the equals, in the ruleset's order, stands at the top, each other one below
    `alternatives/OPTION/`. SHA256SUMS lists the rest, in the form that `sha256sum -c` reads. Raises NotDecided,
    NoOption, or CannotGenerate for an option that is excluded or that the platform cannot be configured for.
    """
    explanation = explain.explain(ruleset, decision.answers)
    chosen = _chosen(decision, explanation, option)
    design = design_of(decision, chosen[0])
    config = None if design.platform == "hcp_vault" else server_config(design)
    result = {
        README: _readme(explanation, design, config, chosen),
        "adr.md": explain.markdown(ruleset, decision.answers),
    }
    result |= _built(explanation, design, config, "")
    result |= _drawings(explanation, design)
    for other in chosen[1:]:
        second = design_of(decision, other)
        folder = f"alternatives/{other}/"
        result |= _built(explanation, second, server_config(second), folder)
    result[SUMS] = "".join(f"{digest(text)}  {path}\n" for path, text in sorted(result.items()))
    return dict(sorted(result.items()))


def digest(text: str) -> str:
    """SHA-256 of the file that holds this text, in hex."""
    return sha256(text.encode()).hexdigest()


def design_of(decision: Decision, option: str) -> Design:
    """The design of one option. Raises CannotGenerate when the platform has no such seal."""
    answers = decision.answers.values
    platform = answers.get("platform")
    design = Design(
        option=option,
        seals=seals_of(option, answers),
        platform=platform,
        answers=answers,
        ruleset_version=decision.ruleset_title,
        ruleset_sha256=decision.ruleset_sha256,
    )
    if platform in (None, "hcp_vault"):
        return design
    for kind in design.seals:
        if platform not in SEALS[kind].platforms:
            able = ", ".join(PLATFORM_TITLES[each] for each in SEALS[kind].platforms)
            raise CannotGenerate(f"{PLATFORM_TITLES[platform]} has no {SEALS[kind].title} seal; it needs {able}")
    if option == "multi_seal" and not design.enterprise:
        raise CannotGenerate(f"{PLATFORM_TITLES[platform]} has one live seal only; several need Vault Enterprise 1.16")
    return design


def _chosen(decision: Decision, explanation: Explanation, option: str | None) -> tuple[str, ...]:
    """The options to build, the main one first."""
    if decision.status == "none":
        answers = "; ".join(" with ".join(clash) for clash in explanation.conflicts)
        raise NoOption(f"no option satisfies these answers (conflict: {answers}); `decide` says what would change that")
    if decision.status == "open":
        question = explanation.next_question
        ask = f"answer {question!r} next" if question else "answer what is open"
        raise NotDecided(f"not decided yet; nothing is written: {ask}", question)
    if option is None:
        return decision.recommended
    states = {outcome.id: outcome for outcome in decision.options}
    if option not in states:
        raise CannotGenerate(f"no option {option!r}; there are {', '.join(states)}")
    if states[option].state == "excluded":
        why = states[option].reasons[0]
        raise CannotGenerate(f"{option} is excluded by {why.rule}: {why.why}")
    return (option,)


def _built(explanation: Explanation, design: Design, config: ServerConfig | None, folder: str) -> dict[str, str]:
    """Configuration and runbooks. HashiCorp runs HCP Vault itself: nothing there is ours to configure or to start."""
    if config is None:
        return {}
    subject = f"{design.name} with {_title(explanation, design.option)}"
    result = {f"{folder}{CONFIG}": config.text}
    for runbook in RUNBOOKS:
        result[f"{folder}runbooks/{runbook.name}.md"] = markdown(runbook, design, subject)
    return result


def _title(explanation: Explanation, option: str) -> str:
    return explanation.decision.option(option).title


def _drawings(explanation: Explanation, design: Design) -> dict[str, str]:
    option, platform = design.option, design.platform or ""
    hosting = design.answers.get("hosting") or ""
    drawn = {
        "boundary": diagrams.boundary(option, platform=platform, hosting=hosting),
        "start": diagrams.start(option, platform=platform, hosting=hosting),
        "cluster": diagrams.cluster(
            option, platform=platform, hosting=hosting, dr=design.answers.get("dr") or "snapshots"
        ),
        "terms": diagrams.terms(option),
        "troubleshooting": diagrams.troubleshooting(option),
        "decision": diagrams.decision(
            [(each.id, each.title, each.state) for each in explanation.decision.options],
            {name: design.answers.get(name) or "" for name in explanation.because},
        ),
    }
    return {f"diagrams/{name}.svg": diagrams.plain(svg) for name, svg in drawn.items()}


def _readme(explanation: Explanation, design: Design, config: ServerConfig | None, chosen: tuple[str, ...]) -> str:
    decision = explanation.decision
    made = f"Made by Seal Advisor from ruleset {decision.ruleset_title} (sha256 {decision.ruleset_sha256})."
    lines = [f"# {design.name}: {_title(explanation, design.option)}", "", f"{sentence(explanation)} {made}", ""]
    if design.option not in decision.recommended:
        lines += [f"This folder was asked for `{design.option}`, which is possible but not the recommendation.", ""]
    if len(chosen) > 1:
        lines += [f"It is a tie: `{chosen[0]}` stands here, the others below `alternatives/`.", ""]
    if config is None:
        lines += ["HashiCorp configures and seals HCP Vault itself: there is no server configuration to generate.", ""]
        return "\n".join([*lines, *_contents(with_config=False)]) + "\n"
    lines += [*_contents(with_config=True), "", "## Replace before use", "", *_blanks(config.blanks), ""]
    lines += ["## Not in these files", "", *_secrets(design), ""]
    return "\n".join(lines)


def _contents(*, with_config: bool) -> list[str]:
    rows = [("adr.md", "the decision record: why this, why not the others, with sources")]
    rows += [("diagrams/", "key boundary, start, cluster, terms, troubleshooting, decision")]
    if with_config:
        rows.insert(0, (CONFIG, "configuration of the first node; install it as the runbooks say"))
        rows += [(f"runbooks/{runbook.name}.md", runbook.title) for runbook in RUNBOOKS]
    return ["| file | what |", "|---|---|", *(f"| `{name}` | {what} |" for name, what in rows)]


def _blanks(blanks: tuple[Blank, ...]) -> list[str]:
    head = [
        "Each of these lines is marked REPLACE in the configuration.",
        "",
        "| setting | stands in | put |",
        "|---|---|---|",
    ]
    return [*head, *(f"| `{blank.setting}` | `{blank.value}` | {blank.what} |" for blank in blanks)]


def _secrets(design: Design) -> list[str]:
    """The secrets that the configuration points at, each with the file and the variable it may come from instead."""
    rows = []
    for kind in dict.fromkeys(design.seals):
        for name in sorted(SEALS[kind].secrets()):
            parameter = SEALS[kind].parameter(name)
            if parameter is None or design.product not in parameter.products or not parameter.required:
                continue
            variables = ", ".join(f"`{variable}`" for variable in parameter.variables(design.product))
            rows.append(f"- `seal.{kind}.{name}`: from the file that the configuration names, or from {variables}.")
    if not rows:
        return [
            "No secret is needed in a file: the nodes sign in with their own identity, or people bring their shares."
        ]
    return rows
