"""Entrust nShield, audit log of firmware before 13.5: CEF records over syslog, in blocks that the HSM signs.

The messages go by UDP, so some may be lost; only the vendor's `cef-audit-verify` can check the signatures. The names of
the events are counted as they are. SOURCE: https://nshielddocs.entrust.com/app-notes/audit-logging/intro.html and the
Security World documentation, "nShield Audit Log Service" (v13.6)
"""

from __future__ import annotations

import re

from evidence.core.facts import Declared, KeyStoreLogFacts
from evidence.core.line_log import LineLog
from evidence.core.lines import read_lines
from evidence.core.parsers import generic_log

KIND = KeyStoreLogFacts.KIND
TITLE = "Entrust nShield audit log (CEF)"
FORM = "text"

_VENDOR = re.compile(
    r"\bCEF:[01]\|[^|\n]{0,64}(?:nCipher|Entrust|Thales e-Security)[^|\n]{0,64}\|[^|\n]{0,64}nShield", re.IGNORECASE
)
_REASON = "nShield signs blocks of records: check them with the vendor's `cef-audit-verify`"


class Lines(LineLog):
    """Reads one line after the other."""

    def __init__(self) -> None:
        super().__init__(generic_log.frame)

    def facts(self) -> KeyStoreLogFacts:
        return self.key_store("nshield_cef", _REASON)


def matches(head: str) -> bool:
    return bool(_VENDOR.search(head))


def parse(text: str, declared: Declared) -> KeyStoreLogFacts:
    lines = Lines()
    read_lines(lines, text)
    return lines.facts()
