"""Several files of one folder as the one configuration that the server makes of them.

The server reads every .hcl and .json of the folder, in whatever order the disk gives them: listeners, seals, audit
devices and plugins add up; of storage, telemetry, service registration and plain settings the last file's stays. So a
thing set in two files is a finding: nobody knows which one runs.
SOURCE: openbao/openbao internal/command/server/config.go (LoadConfigDir, Merge), internal/helper/configutil/merge.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.core.facts import Problem
from evidence.core.sources import VAULT_CONFIG
from seal_advisor.core import hcl

# Blocks that add up; every other block and every plain setting is replaced by that of a later file.
ADD_UP = frozenset({"listener", "seal", "kms", "hsm", "audit", "plugin", "user_lockout", "kms_library"})
_SAME = {"backend": "storage", "ha_backend": "ha_storage"}


def merged(parts: Sequence[tuple[str, hcl.Body]]) -> tuple[hcl.Body, tuple[Problem, ...]]:
    """(the tree of all parts, what is set in more than one). parts: (file name, tree), lines already distinct.

    Of what stands in two files the last one's stays, in the order given.
    """
    last: dict[str, int] = {}
    places: dict[str, dict[int, hcl.Item]] = {}
    for number, (_, body) in enumerate(parts):
        for item in body.items:
            name = _SAME.get(item.name, item.name)
            if name not in ADD_UP:
                last[name] = number
                places.setdefault(name, {}).setdefault(number, item)
    items = [
        item
        for number, (_, body) in enumerate(parts)
        for item in body.items
        if last.get(_SAME.get(item.name, item.name), number) == number
    ]
    remarks = tuple(remark for _, body in parts for remark in body.remarks)
    problems = tuple(
        problem for name, found in places.items() if len(found) > 1 for problem in _twice(name, found, parts)
    )
    return hcl.Body(tuple(items), 1, 1, remarks), problems


def _twice(name: str, found: dict[int, hcl.Item], parts: Sequence[tuple[str, hcl.Body]]) -> list[Problem]:
    """One problem at every place but the first."""
    first, *others = found
    return [
        Problem(
            "set_in_two_files",
            f"{name} is set here and in {parts[first][0]}: the server reads a folder in no fixed order, so which one "
            "holds is not known",
            found[number].line,
            "warned",
            f"keep {name} in one file of the folder",
            VAULT_CONFIG,
        )
        for number in others
    ]
