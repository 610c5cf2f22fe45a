"""`swapon --show` and `/proc/swaps`: the swap devices; headings alone mean that there is none.

SOURCE: util-linux 2.38, `swapon`; proc(5).
"""

from __future__ import annotations

from evidence.core.facts import Declared
from evidence.core.facts.host import SwapFacts
from seal_advisor.core.regex import regex

KIND = SwapFacts.KIND
TITLE = "swap devices"
FORM = "text"

_HEADING = regex(r"\A\s{0,8}(?:NAME +TYPE +SIZE +USED +PRIO|Filename\s+Type\s+Size\s+Used\s+Priority)\s*(?:\n|\Z)")


def matches(head: str) -> bool:
    return bool(_HEADING.match(head))


def parse(text: str, declared: Declared) -> SwapFacts:
    lines = list(enumerate(text.splitlines(), 1))
    first = next(number for number, line in lines if line.strip())
    return SwapFacts(tuple((line.split()[0], number) for number, line in lines if number > first and line.strip()))
