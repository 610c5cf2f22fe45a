"""testssl.sh, flat JSON (`--jsonfile`), 3.0 and 3.2; also a file whose scan was interrupted."""

from __future__ import annotations

from evidence.core.facts import Declared, TlsScanFacts
from evidence.core.scan import id_lines, lenient_list
from evidence.core.testssl import Row, facts
from seal_advisor.core.regex import regex

KIND = TlsScanFacts.KIND
TITLE = "testssl.sh, flat JSON"
FORM = "json"

_ROW = regex(r'\A\s*\[\s*(?:\{\s*"id"\s*:\s*"[^"]{1,200}"\s*,\s*"(?:ip|fqdn/ip)"\s*:|\]?\s*\Z)')


def matches(head: str) -> bool:
    """A list whose first object starts with id and ip, or a list with nothing in it."""
    return bool(_ROW.match(head))


def parse(text: str, declared: Declared) -> TlsScanFacts:
    rows, cut = lenient_list(text)
    lines = id_lines(text)
    found: list[Row] = []
    for row in rows:
        name = str(row.get("id", ""))
        line = next((number for written, number in lines if written == name), None)
        target = str(row.get("ip", row.get("fqdn/ip", "")))
        found.append(
            Row(name, str(row.get("finding", "")), str(row.get("severity", "")), target, str(row.get("port", "")), line)
        )
    return facts(found, version=None, cut=cut)
