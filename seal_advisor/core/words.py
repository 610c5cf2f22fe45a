"""Words for people: the nearest valid one, for every refusal that names one; a number with its noun."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module

from seal_advisor.core.scales import shown


def nearest(word: str, valid: Iterable[str]) -> str | None:
    """The valid word with the fewest changed, added, dropped or swapped letters; None when nothing is near.

    Of several, the one with the same letters in another order.

    >>> nearest("boundry", ["hsm", "boundary"]), nearest("hms", ["kms", "hsm"]), nearest("zzz", ["hsm"])
    ('boundary', 'hsm', None)
    """
    valid = list(valid)
    folded = word.casefold().replace("-", "_").replace(" ", "_")[:60]
    best, found = len(folded) // 2 + 1, None
    for candidate in valid:
        changes = _changes(folded, candidate.casefold(), best)
        swapped = found is not None and changes == best and sorted(folded) == sorted(candidate)
        if changes < best or swapped:
            best, found = changes, candidate
    if found is None and len(folded) >= 3:
        found = next((candidate for candidate in valid if folded in candidate or candidate in folded), None)
    return found


def alike(word: str, valid: Iterable[str], least: float) -> str | None:
    """The valid word that shares most letters with this one, in their order: also where much was left out.

    least: difflib's ratio, 0 to 1. The module is loaded here, because only a misspelling asks for it.
    """
    near: list[str] = import_module("difflib").get_close_matches(word, list(valid), 1, least)
    return near[0] if near else None


def _changes(one: str, other: str, limit: int) -> int:
    """Edit distance with neighbouring swaps; `limit` or more is answered by `limit`."""
    if abs(len(one) - len(other)) >= limit:
        return limit
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        previous, row, older = row, [i], before
        for j, wanted in enumerate(other, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        before = previous
    return min(row[-1], limit)


def hint(word: str, valid: Iterable[str]) -> str:
    """`; did you mean 'boundary'?`; when none is near, the valid words, or of many the one that is least far."""
    valid = list(valid)
    near = nearest(word, valid)
    if near is None and len(valid) > 12:
        near = min(valid, key=lambda candidate: _changes(word[:60].casefold(), candidate.casefold(), 100))
    if near is not None:
        return f"; did you mean '{near}'?"
    return f"; there are {', '.join(valid)}" if valid else ""


def known(word: object, valid: Iterable[str], what: str, error: Callable[[str], Exception]) -> None:
    """Raises `error` with `what`, the word and the nearest valid one, unless the word is valid."""
    valid = list(valid)
    if word not in valid:
        raise error(f"{what} {shown(word)}{hint(str(word), valid)}")


def keys(table: Mapping[str, object], valid: Iterable[str], where: str, error: type[Exception]) -> None:
    """Raises `error` for the first key that is not valid."""
    for key in table:
        known(key, sorted(valid), f"{where}: no key", error)


def plural(count: int, one: str, many: str = "") -> str:
    """A number with its noun, in English: findings and reports are.

    >>> plural(1, "file"), plural(0, "file"), plural(2, "entry", "entries")
    ('1 file', '0 files', '2 entries')
    """
    return f"{count} {one if count == 1 else many or one + 's'}"
