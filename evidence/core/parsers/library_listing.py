"""`sha256sum` of the PKCS#11 library and its client configuration, as one node prints it.

SOURCE: GNU coreutils 9.1, `sha256sum`; a backslash in front marks a name with an escape.
"""

from __future__ import annotations

from evidence.core.facts import Declared
from evidence.core.facts.host import HashedFile, LibraryListingFacts
from evidence.core.refusal import Refused
from seal_advisor.core.regex import regex

KIND = LibraryListingFacts.KIND
TITLE = "hashes of libraries"
FORM = "text"

_LINE = regex(r"([0-9a-f]{64}) [ *](/\S.{0,1000})\Z")


def matches(head: str) -> bool:
    lines = [line for line in head.splitlines() if line.strip()]
    return bool(lines) and all(_LINE.match(line) for line in lines[:50])


def parse(text: str, declared: Declared) -> LibraryListingFacts:
    files = []
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.match(line)
        if match:
            files.append(HashedFile(match.group(2), match.group(1), number))
        elif line.strip():
            raise Refused("this line is no hash with a file", "hand in the output of `sha256sum` alone", number)
    return LibraryListingFacts(tuple(files))
