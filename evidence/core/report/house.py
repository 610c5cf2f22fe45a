"""House rules in the report: named on the first page, on every page where they are weaker, and each difference listed.

Every part is empty for a decision under the released rules alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evidence.core.report.model import Report
from evidence.core.report.words import digest, text
from seal_advisor.core.words import plural

MAX_ON_COVER = 3
MAX_LISTED = 12
CUT = 220  # characters of a difference on the first page


def _house(report: Report) -> Mapping[str, Any] | None:
    """Decisions that were stored before there were house rules have no such key."""
    found: Mapping[str, Any] | None = report.decision.get("house")
    return found


def _name(house: Mapping[str, Any]) -> str:
    return text(f"{house['name']} {house['version']}", 170)


def running(report: Report) -> str:
    """For the foot of every page."""
    house = _house(report)
    return f" · House rules of {_name(house)}: weaker than the release" if house and house["weaker"] else ""


def notice(report: Report) -> str:
    """For the first page: in what the house is weaker than the release."""
    house = _house(report)
    if not house or not house["weaker"]:
        return ""
    said, more = _items(house["weaker"], MAX_ON_COVER, CUT)
    return (
        f'<div class="notice care"><strong><span class="shape">▲</span> House rules weaker than the release.</strong> '
        f"This was decided under the rules of {_name(house)}, which give way in "
        f"{plural(len(house['weaker']), 'place')}:<ul>{said}{more}</ul></div>"
    )


def facts(report: Report) -> list[tuple[str, str]]:
    """For the table of the first page: name, digest, and the balance."""
    house = _house(report)
    if not house:
        return []
    weaker = plural(len(house["weaker"]), "place") if house["weaker"] else "none"
    balance = f"stricter than the release in {plural(len(house['stricter']), 'place')}, weaker in {weaker}"
    return [("House rules", f"{_name(house)}: {balance}<br>{digest(str(house['sha256']))}")]


def differences(report: Report) -> str:
    """Both lists, for the chapter that says why."""
    house = _house(report)
    if not house:
        return ""
    parts = [f"<h3>House rules of {_name(house)}</h3>"]
    for word in ("weaker", "stricter"):
        if house[word]:
            said, more = _items(house[word], MAX_LISTED, 400)
            parts.append(f'<p class="tight">In what they are {word} than the released rules:</p><ul>{said}{more}</ul>')
    return "".join(parts)


def _items(entries: Sequence[Mapping[str, Any]], count: int, cut: int) -> tuple[str, str]:
    items = "".join(
        f'<li>{text(one["what"].replace("`", ""), cut)} <span class="source">Rule {text(one["rule"], 40)}</span></li>'
        for one in entries[:count]
    )
    left = len(entries) - count
    return items, f"<li>{plural(left, 'further difference')} in decision.json.</li>" if left > 0 else ""
