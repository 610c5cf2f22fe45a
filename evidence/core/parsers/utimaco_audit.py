"""Utimaco CryptoServer, the text of `csadm GetAuditLog`.

Its layout is not published: lines are counted, and moments are read where they have a year and a zone.

SOURCE: Utimaco csadm manual, section 5.4 (GetAuditLog, SetAuditConfig): which commands there are, not what they print.
"""

from __future__ import annotations

import re

from evidence.core.facts import Declared, KeyStoreLogFacts
from evidence.core.line_log import Frame, LineLog, moment_in
from evidence.core.lines import read_lines

KIND = KeyStoreLogFacts.KIND
TITLE = "Utimaco CryptoServer audit log"
FORM = "text"

_SENDER = re.compile(
    r"(?i)\bcsadm\b.{0,200}\bGetAuditLog\b|\butimaco\b.{0,200}\baudit|\bcryptoserver\b.{0,200}\baudit[ -]?log"
)
_REASON = "the layout of this log is not published; the vendor's own tools must judge it"
_UNREAD = "only its lines are counted: what they say is not evaluated"


class Lines(LineLog):
    """Reads one line after the other."""

    def __init__(self) -> None:
        super().__init__(_frame)

    def facts(self) -> KeyStoreLogFacts:
        return self.key_store("utimaco", _REASON, _UNREAD)


def _frame(line: str) -> Frame | None:
    return Frame("utimaco", "line", moment_in(line))


def matches(head: str) -> bool:
    return any(_SENDER.search(line) for line in head.splitlines()[:5])


def parse(text: str, declared: Declared) -> KeyStoreLogFacts:
    lines = Lines()
    read_lines(lines, text)
    return lines.facts()
