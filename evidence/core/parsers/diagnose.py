"""`operator diagnose -format=json`: the server's own look at its configuration and surroundings.

An exit code of 2 may be a crash, so only a report that is whole says anything; one taken on a running node fails on the
storage lock and is inconclusive. SOURCE: OpenBao 2.7.2 (captures);
https://developer.hashicorp.com/vault/docs/commands/operator/diagnose
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.core import json_text
from evidence.core.facts import Declared, DiagnoseFacts
from evidence.core.refusal import Refused
from evidence.core.scan import iso
from evidence.core.sniff import is_json, top_keys
from seal_advisor.core.regex import regex

KIND = DiagnoseFacts.KIND
TITLE = "operator diagnose or validate-config report"
FORM = "json"

_NAME = regex(r'"name"\s{0,8}:\s{0,8}"(?:Vault Diagnose|OpenBao Diagnose|Validate Config)"')
_PANIC = regex(r"(?m)^panic: runtime error:.{0,200}$")
_DIAGNOSE_IN_TRACE = regex(r"operator_?diagnose|OperatorDiagnoseCommand", re.IGNORECASE)
_LOCKED = regex(r"timeout|resource temporarily unavailable|storage.{0,40}lock|failed to open bolt file", re.IGNORECASE)


def matches(head: str) -> bool:
    """A report, or the trace of a diagnose that crashed."""
    if is_json(head):
        return "status" in top_keys(head) and bool(_NAME.search(head))
    return bool(_PANIC.search(head) and _DIAGNOSE_IN_TRACE.search(head))


def parse(text: str, declared: Declared) -> DiagnoseFacts:
    if not is_json(text):
        return DiagnoseFacts(None, None, (), "diagnose crashed, so it says nothing about the server")
    document = json_text.load(text)
    if not isinstance(document, dict):
        raise Refused(
            "a diagnose report is one JSON object", "hand in the output of `operator diagnose -format=json`", 1
        )
    findings = tuple(_findings(document))
    status = document.get("status")
    locked = next((said for _, verdict, said in findings if verdict == "fail" and _LOCKED.search(said)), "")
    reason = "taken while the server was running: the storage was locked" if locked else ""
    if not isinstance(status, str):
        reason = "the report has no status"
    return DiagnoseFacts(status if isinstance(status, str) else None, iso(document.get("time")), findings, reason)


def _findings(report: dict[str, object]) -> Iterator[tuple[str, str, str]]:
    """(check, verdict, message) of every check that warned or failed, outermost first."""
    pending: list[dict[str, object]] = [report]
    while pending:
        entry = pending.pop(0)
        name, status = str(entry.get("name", "")), str(entry.get("status", ""))
        warnings = entry.get("warnings")
        for warning in warnings if isinstance(warnings, list) else ():
            yield name, "warn", " ".join(str(warning).split())[:400]
        if status == "fail":
            yield name, "fail", " ".join(str(entry.get("message", "")).split())[:400]
        children = entry.get("children")
        pending += [child for child in children if isinstance(child, dict)] if isinstance(children, list) else []
