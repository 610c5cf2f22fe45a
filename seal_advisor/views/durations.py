"""ISO 8601 durations as a number and a unit that people use, and back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

# Largest first: a stored duration is shown in the largest unit that divides it.
UNITS = {"D": ("days", 86400), "H": ("hours", 3600), "M": ("minutes", 60), "S": ("seconds", 1)}
_DURATION = re.compile(
    r"^P(?:(?P<W>\d+)W)?(?:(?P<D>\d+)D)?(?:T(?:(?P<H>\d+)H)?(?:(?P<M>\d+)M)?(?:(?P<S>\d+(?:[.,]\d+)?)S)?)?$"
)


class NotAnAmount(ValueError):
    """What was typed is no number of the unit that can be waited for."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as typed ("1.5") and a unit, one of UNITS."""

    number: str
    unit: str


def amount(duration: str) -> Amount:
    """The duration in the largest unit that divides it.

    >>> amount("PT90M"), amount("P1D"), amount("PT0.02S")
    (Amount(number='90', unit='M'), Amount(number='1', unit='D'), Amount(number='0.02', unit='S'))
    """
    found = _DURATION.match(duration)
    if found is None or not any(found.groupdict().values()):
        raise NotAnAmount(f"{duration!r} is no ISO 8601 duration such as PT15M")
    given = {key: Decimal((value or "0").replace(",", ".")) for key, value in found.groupdict().items()}
    seconds = given["W"] * 7 * 86400 + sum((given[unit] * size for unit, (_name, size) in UNITS.items()), Decimal(0))
    for unit, (_name, size) in UNITS.items():
        if seconds >= size and seconds % size == 0:
            return Amount(f"{(seconds / size).normalize():f}", unit)
    return Amount(f"{seconds.normalize():f}", "S")


def duration(number: str, unit: str) -> str:
    """What was typed, as an ISO 8601 duration; a fraction goes to the smaller unit that makes it whole.

    >>> duration("1.5", "H"), duration("2", "D"), duration("0", "M")
    ('PT90M', 'P2D', 'PT0M')
    """
    try:
        value = Decimal(number.strip().replace(",", "."))
    except InvalidOperation as error:
        raise NotAnAmount(_("“%(number)s” is no number") % {"number": number}) from error
    if not value.is_finite() or value < 0 or value > 1_000_000:
        raise NotAnAmount(_("“%(number)s” is not between 0 and 1,000,000") % {"number": number})
    if unit not in UNITS:
        raise NotAnAmount(_("“%(unit)s” is no unit of time") % {"unit": unit})
    if value == value.to_integral_value():
        return f"P{value:.0f}D" if unit == "D" else f"PT{value:.0f}{unit}"
    seconds = value * UNITS[unit][1]
    for smaller, (_name, size) in UNITS.items():
        if seconds % size == 0 and smaller != "D":
            return f"PT{seconds / size:.0f}{smaller}"
    return f"PT{seconds.normalize():f}S"


def spoken(text: str) -> str:
    """The duration in words.

    >>> spoken("PT15M"), spoken("PT1H")
    ('15 minutes', '1 hour')
    """
    said = amount(text)
    word = UNITS[said.unit][0]
    return f"{said.number} {word[:-1] if said.number == '1' else word}"
