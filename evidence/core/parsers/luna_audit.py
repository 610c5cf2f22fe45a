"""Thales Luna HSM, audit records as text: one line an event, named LUNA_LOGIN, LUNA_CREATE_OBJECT and so on.

Each record carries an HMAC and is chained to the one before; only an HSM of the same domain can check it
(`audit log verify`). The vendor publishes the names of the events, not the layout of the line, so the names are counted
and a moment is read only where it has a year and a zone. SOURCE: Thales Luna HSM 7 documentation, "Audit Logging" and
"Audit Log Categories and HSM Events"
"""

from __future__ import annotations

import re

from evidence.core.facts import Declared, KeyStoreLogFacts
from evidence.core.line_log import Frame, LineLog, moment_in
from evidence.core.lines import read_lines
from evidence.core.sniff import is_json

KIND = KeyStoreLogFacts.KIND
TITLE = "Thales Luna audit log"
FORM = "text"

_EVENT = re.compile(r"\bLUNA_(?!RET_)[A-Z][A-Z0-9_]{3,48}\b")
_REASON = "Luna chains its records with an HMAC: check them with `audit log verify` on an HSM of the same domain"
_UNDATED = "no moment with year and zone in it; declare the period that it covers"


class Lines(LineLog):
    """Reads one line after the other."""

    def __init__(self) -> None:
        super().__init__(_frame)

    def facts(self) -> KeyStoreLogFacts:
        return self.key_store("thales_luna", _REASON, "" if self.first else _UNDATED)


def _frame(line: str) -> Frame | None:
    event = _EVENT.search(line)
    return Frame("thales_luna", event.group(), moment_in(line)) if event else None


def matches(head: str) -> bool:
    if is_json(head):
        return False
    lines = [line for line in head.splitlines()[:60] if line.strip()][:20]
    return bool(lines) and sum(bool(_EVENT.search(line)) for line in lines) * 2 > len(lines)


def parse(text: str, declared: Declared) -> KeyStoreLogFacts:
    lines = Lines()
    read_lines(lines, text)
    return lines.facts()
