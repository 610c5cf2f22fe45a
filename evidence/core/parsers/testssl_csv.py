"""testssl.sh, CSV (`--csvfile`): the same rows as the flat JSON; a header alone means that nothing was tested."""

from __future__ import annotations

import csv
import io

from evidence.core.facts import Declared, TlsScanFacts
from evidence.core.refusal import Refused
from evidence.core.testssl import Row, facts
from seal_advisor.core.regex import regex

KIND = TlsScanFacts.KIND
TITLE = "testssl.sh, CSV"
FORM = "text"

_HEADER = regex(r'\A"?id"?,"?fqdn/ip"?,"?port"?,"?severity"?,"?finding"?(?:,|\r?\n|\Z)')


def matches(head: str) -> bool:
    return bool(_HEADER.match(head))


def parse(text: str, declared: Declared) -> TlsScanFacts:
    reader = csv.reader(io.StringIO(text))
    rows: list[Row] = []
    try:
        next(reader, None)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) >= 5:
                rows.append(Row(cells[0], cells[4], cells[3], cells[1], cells[2], line))
            line = reader.line_num + 1
    except csv.Error as error:
        raise Refused(f"not valid CSV ({error})", "hand in the file as testssl.sh wrote it", reader.line_num) from None
    cut = bool(rows) and not text.endswith("\n")
    return facts(rows, version=None, cut=cut)
