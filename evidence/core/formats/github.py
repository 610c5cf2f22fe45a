"""Annotations of GitHub Actions: one workflow command a finding, at its file and line.

SOURCE: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from evidence.core.formats import Judged, one_line, telling
from evidence.core.formats.text import headline
from evidence.core.results import Finding, Result, Verdict

COMMANDS = {Verdict.FAIL: "error", Verdict.CANNOT_DECIDE: "warning", Verdict.STALE: "warning", Verdict.WARN: "warning"}


def render(judged: Judged) -> str:
    lines = []
    for artefact in judged.artefacts:
        if artefact.error:
            lines.append(f"::error {_properties('refused', artefact.name, None)}::{_data(artefact.error)}")
    for result in judged.in_reading_order():
        lines += [_annotation(result, finding) for finding in telling(result)]
    return "\n".join([*lines, headline(judged)])


def _annotation(result: Result, finding: Finding) -> str:
    waived = result.verdict is Verdict.WAIVED
    command = "notice" if waived else COMMANDS.get(finding.severity, "notice")
    text = finding.message + (f"\nfix: {finding.remedy}" if finding.remedy else "")
    text += f"\nsee: {finding.source}" if finding.source else ""
    properties = _properties(f"{result.control} {result.verdict.value}", finding.path, finding.line)
    return f"::{command} {properties}::{_data(text)}"


def _properties(title: str, path: str, line: int | None) -> str:
    given = {"file": path, "line": str(line) if line else "", "title": title}
    return ",".join(f"{name}={_property(value)}" for name, value in given.items() if value)


def _data(text: str) -> str:
    kept = "\n".join(one_line(line) for line in text.split("\n"))
    return kept.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
