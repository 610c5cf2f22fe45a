"""`operator key-status` as text: the barrier key in use.

SOURCE: OpenBao 2.7.2 (captures); https://developer.hashicorp.com/vault/docs/commands/operator/key-status
"""

from __future__ import annotations

from evidence.core.facts import Declared, KeyStatusFacts
from evidence.core.scan import iso, moment
from evidence.core.text_table import pairs
from seal_advisor.core.regex import regex

KIND = KeyStatusFacts.KIND
TITLE = "barrier key status as text"
FORM = "text"

_TABLE = regex(r"\A\s{0,64}Key Term {2,}\d{1,9}[ \t]*\nInstall Time {2,}\S")


def matches(head: str) -> bool:
    return bool(_TABLE.match(head))


def parse(text: str, declared: Declared) -> KeyStatusFacts:
    said = {name: value for name, (value, _) in pairs(text).items()}
    when = said.get("Install Time", "")
    # Go's RFC 822 layout; only UTC and GMT are moments, another zone's three letters name no offset.
    installed = moment(when, "%d %b %y %H:%M UTC", "%d %b %y %H:%M GMT") or iso(when)
    term, count = said.get("Key Term", ""), said.get("Encryption Count", "")
    return KeyStatusFacts(
        term=int(term) if term.isdigit() else None,
        installed=installed,
        encryptions=int(count) if count.isdigit() and len(count) < 19 else None,
        inconclusive="" if installed else f"the install time {when[:40]!r} is in no known zone",
    )
