"""Environment variables that beat the configuration file: what each sets, and where their values stand in a text.

SOURCE: the seals' own parameters (`seal_advisor.core.seals`); VAULT_SEAL_TYPE and BAO_SEAL_TYPE name the seal itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from seal_advisor.core.regex import regex
from seal_advisor.core.seals import SEALS

SEAL_TYPE = frozenset({"VAULT_SEAL_TYPE", "BAO_SEAL_TYPE"})
# Here the file wins: the transit seal reads these variables only where its block is silent.
FILE_WINS = frozenset({("transit", "token"), ("transit", "address")})

# `NAME=value`, `export NAME=value`; group 2 is the value.
ASSIGNMENT = regex(r"[ \t]{0,32}(?:export[ \t]{1,8})?([A-Za-z_][A-Za-z0-9_]{0,127})[ \t]{0,4}=[ \t]{0,8}(.*)")
_UNIT = regex(r"(?m)^[ \t]{0,32}Environment=((?:[^\n\\]|\\.|\\\n)*)")
_QUOTED = regex(r"([\"'])[A-Za-z_][A-Za-z0-9_]{0,127}=([^\"'\n]*+)\1|[A-Za-z_][A-Za-z0-9_]{0,127}=([^\s\"']*+)")


def _variables() -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for kind in SEALS.values():
        for parameter in kind.parameters:
            for name in {*parameter.environment, *parameter.openbao_environment}:
                found[name] = (*found.get(name, ()), (kind.name, parameter.name))
    return found


# Variable -> the (seal, parameter) pairs that it sets.
SERVER_VARIABLES = _variables()


def values_in_file(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, name) of every value in a file of variables; what follows a value over more lines is its part."""
    offset, name = 0, ""
    for line in text.split("\n"):
        match = ASSIGNMENT.match(line)
        stripped = line.strip()
        if match:
            name = match.group(1)
            yield offset + match.start(2), offset + match.start(2) + len(match.group(2).rstrip()), name
        elif name and stripped and not stripped.startswith(("#", ";")):
            yield offset + len(line) - len(line.lstrip()), offset + len(line.rstrip()), name
        offset += len(line) + 1


def values_in_unit(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, name) of every value that an `Environment=` line of a systemd unit sets."""
    for directive in _UNIT.finditer(text):
        for match in _QUOTED.finditer(text, directive.start(1), directive.end(1)):
            group = 2 if match.group(1) else 3
            name = match.group().lstrip("\"'").partition("=")[0]
            yield match.start(group), match.end(group), name
