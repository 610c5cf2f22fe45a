"""Where in a TOML file stands what a refusal is about: "bank.toml: rule H001: ..." -> "bank.toml:12: rule H001: ...".

TOML's reader gives no lines, and a refusal without one sends its reader searching. Nothing is parsed a second time: the
table's own head is looked for as people write it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from seal_advisor.core.house import FOLDER
from seal_advisor.core.regex import regex

_NAMED = regex(r"(?P<kind>rule|setting|source) (?P<name>[^:\s]+)")
_HEAD = regex(r"^\s*\[")
_SYNTAX = regex(r"\(at line (\d+), column \d+\)")


def placed(message: str, files: Mapping[str, str]) -> str:
    """The message with file and line at its head, as far as they can be told. files: name -> TOML text.

    message: what `loader.load` or `prove` says of house rules, with or without the `house/` before the file's name.

    >>> placed("house/a.toml: rule H1: 'why' is missing or is no text", {"a.toml": "[house]\\n[rule.H1]\\n"})
    "a.toml:2: rule H1: 'why' is missing or is no text"
    """
    message = message.removeprefix(FOLDER)
    file, _, rest = message.partition(": ")
    if file in files:
        line = _line(rest, files[file])
    else:  # about [house] itself, or a released rule that a value of the house has broken
        rest = message
        file, line = _anywhere(message, files)
    if not file:
        return message
    return f"{file}:{line}: {rest}" if line else f"{file}: {rest}"


def _anywhere(message: str, files: Mapping[str, str]) -> tuple[str, int]:
    """(file, line) of a message that names no file of the house; ("", 0) where nothing of the house is meant."""
    quoted = [re.escape(word) for word in re.findall(r"'([^']+)'", message)]
    value = regex(rf"=.*[\"'](?:{'|'.join(quoted)})[\"']") if quoted else None
    for file, text in files.items():
        if message.startswith("[house]"):
            line = _line(message, text)
        else:
            line = next((n for n, one in enumerate(text.splitlines(), 1) if value and value.search(one)), 0)
        if line:
            return file, line
    return "", 0


def _line(said: str, text: str) -> int:
    """Counted from 1; 0 where it cannot be told."""
    syntax = _SYNTAX.search(said)
    if syntax:
        return int(syntax.group(1))
    lines = text.splitlines()
    unknown = re.match(r"no table '([^']+)'", said)
    if unknown:
        start = regex(rf"^\s*(?:\[+\s*)?[\"']?{re.escape(unknown.group(1))}[\"']?\s*[\].=]")
        return next((number for number, line in enumerate(lines, 1) if start.match(line)), 0)
    named = _NAMED.match(said)
    if named:
        kind, name = named["kind"], re.escape(named["name"])
        start = regex(rf"^\s*(?:\[\s*)?{kind}\s*\.\s*[\"']?{name}[\"']?\s*[\].=]")
        return _inside(lines, start, said[named.end() :])
    return _inside(lines, regex(r"^\s*\[\s*house\s*\]"), said.removeprefix("[house]"))


def _inside(lines: list[str], start: re.Pattern[str], said: str) -> int:
    """The line of the key that the message names inside the table, else that of the table's head."""
    head = next((number for number, line in enumerate(lines) if start.match(line)), None)
    if head is None:
        return 0
    # Only a refusal with a quoted word is about one key; what the proofs say is about the whole table.
    for key in dict.fromkeys(re.findall(r"[A-Za-z_]\w*", said)) if "'" in said else ():
        for number in range(head + 1, len(lines)):
            if _HEAD.match(lines[number]) and not start.match(lines[number]):
                break
            if re.match(rf"^\s*(?:when\s*\.\s*)?[\"']?{re.escape(key)}s?[\"']?\s*[.=]", lines[number]):
                return number + 1
    return head + 1
