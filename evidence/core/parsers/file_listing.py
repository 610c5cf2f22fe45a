"""Owner, mode and size of files: `stat -c '%U %a %s %n'`, `stat FILE`, `ls -l`. Never their content.

SOURCE: GNU coreutils 9.1, `stat` and `ls`.
"""

from __future__ import annotations

import re

from evidence.core.facts import Declared
from evidence.core.facts.host import FileEntry, FileListingFacts
from seal_advisor.core.regex import regex

KIND = FileListingFacts.KIND
TITLE = "owners and modes of files"
FORM = "text"

# `%U %a %s %n`, or with the group `%U:%G %a %s %n` and `%U %G %a %s %n`.
_SHORT = regex(
    r"(?P<owner>[A-Za-z_][\w.@-]{0,63}\$?|\d{1,10})(?:[ :](?P<group>[A-Za-z_][\w.@-]{0,63}|\d{1,10}))?"
    r" (?P<mode>[0-7]{3,4}) (?P<size>\d{1,15}) (?P<path>/\S.{0,1000})\Z"
)
_LS = regex(
    r"[-dlbcps](?P<mode>(?:[r-][w-][xsS-]){2}[r-][w-][xtT-])[.+@]? +\d{1,9} (?P<owner>\S{1,64}) +(?P<group>\S{1,64}) +"
    r"(?P<size>\d{1,15}) (?:[A-Z][a-z]{2} [ \d]\d [ \d:]{4,5}|\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?::[\d.]+ [+-]\d{4})?) "
    r"(?P<path>\S.{0,1000})\Z"
)
_FILE = regex(r"  File: [‘'\"]?(?P<path>/.{1,1000}?)[’'\"]?(?: -> .+)?\Z")
_SIZE = regex(r"  Size: (\d{1,15})\s")
_ACCESS = regex(
    r"Access: \((?P<mode>[0-7]{3,4})/\S{10}\)  Uid: \( *\d+/ *(?P<owner>\S+)\)   Gid: \( *\d+/ *(?P<group>\S+)\)"
)


def matches(head: str) -> bool:
    """Every one of the first lines is one of these; a log that holds such a line is none."""
    lines = [line for line in head.splitlines() if line.strip()][:20]
    if any(_FILE.match(line) for line in lines[:1]):
        return any(_ACCESS.match(line) for line in lines)
    told = [line for line in lines if not re.match(r"total \d{1,12}\Z", line)]
    return bool(told) and all(_SHORT.match(line) or _LS.match(line) for line in told)


def parse(text: str, declared: Declared) -> FileListingFacts:
    """All files; a line that is none of these forms is named by line and offset."""
    files: list[FileEntry] = []
    bad: list[tuple[int, int]] = []
    path, size, offset = "", 0, 0
    for number, line in enumerate(text.split("\n"), 1):
        match = _SHORT.match(line) or _LS.match(line)
        opened, sized, access = _FILE.match(line), _SIZE.match(line), _ACCESS.match(line)
        if match:
            files.append(_entry(match, match["path"], int(match["size"]), number))
        elif opened:
            path, size = opened["path"], 0
        elif sized:
            size = int(sized.group(1))
        elif access and path:
            files.append(_entry(access, path, size, number))
        elif line.strip() and not path and not line.startswith("total "):
            bad.append((number, offset))
        offset += len(line.encode()) + 1
    return FileListingFacts(tuple(files), tuple(bad))


def _entry(match: re.Match[str], path: str, size: int, line: int) -> FileEntry:
    mode = match["mode"]
    digits = mode.zfill(4) if mode[0] in "01234567" else _octal(mode)
    return FileEntry(path.split(" -> ")[0], digits, match["owner"], match["group"], size, line)


def _octal(letters: str) -> str:
    """ "rw-r-----" as "0640", with setuid, setgid and sticky in front.

    >>> _octal("rwsr-xr-t")
    '5755'
    """
    special = sum(weight for weight, letter in zip((4, 2, 1), letters[2::3], strict=True) if letter in "sStT")
    parts = [letters[start : start + 3] for start in (0, 3, 6)]
    values = [4 * (part[0] == "r") + 2 * (part[1] == "w") + (part[2] in "xst") for part in parts]
    return "".join(map(str, (special, *values)))
