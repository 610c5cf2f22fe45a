"""A file of signed ledger heads that is kept elsewhere: who rewrites the whole ledger does not reach it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evidence import ledger
from evidence.core.custody import Frontier
from evidence.core.manifest import canonical
from evidence.models import LedgerEntry


class WitnessError(Exception):
    """The file is no witness, or the ledger is not the one that it saw; the message says which line."""


def attest(path: Path) -> dict[str, Any]:
    """Hold the ledger against every head in the file, then append the head of now; returns it. Raises WitnessError."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    seen = [_head(number, line) for number, line in enumerate(lines, 1)]
    roots = _roots({size for size, _, _ in seen})
    for number, (size, root, moment) in enumerate(seen, 1):
        if size not in roots:
            raise WitnessError(f"line {number}: on {moment} the ledger had {size} entries; now it has fewer")
        if roots[size] != root:
            raise WitnessError(f"line {number}: the first {size} entries are not those of {moment}")
    head = ledger.signed_head()
    with path.open("ab") as file:
        file.write(canonical(head) + b"\n")
    return head


def _head(number: int, line: str) -> tuple[int, str, str]:
    try:
        head = json.loads(line)
        return int(head["size"]), str(head["root"]), str(head["timestamp"])
    except (ValueError, KeyError, TypeError):
        raise WitnessError(f"line {number} is no head of a ledger") from None


def _roots(sizes: set[int]) -> dict[int, str]:
    """The root of the first n entries, for each of these sizes that the ledger has reached; from the leaves alone."""
    frontier = Frontier()
    found = {0: frontier.root.hex()} if 0 in sizes else {}
    for leaf in LedgerEntry.objects.order_by("index").values_list("leaf_hash", flat=True).iterator():
        frontier = frontier.append(bytes.fromhex(leaf))
        if frontier.size in sizes:
            found[frontier.size] = frontier.root.hex()
    return found
