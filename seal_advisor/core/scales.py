"""Durations and versions as whole numbers, so that a threshold is one comparison.

A duration is its microseconds; a version A.B.C is A * 10^12 + B * 10^6 + C. Both are whole numbers, so "above T" is
"at least T + 1" and every boundary is exact.
"""

from __future__ import annotations

import re

from seal_advisor.core.regex import regex

MICROSECOND, SECOND = 1, 1_000_000
MINUTE, HOUR, DAY, WEEK = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND, 7 * 86_400 * SECOND

_DURATION = regex(
    r"P(?:(?P<w>\d{1,6})W|(?:(?P<d>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<h>\d{1,9})H)?(?:(?P<m>\d{1,9})M)?(?:(?P<s>\d{1,9})(?:[.,](?P<f>\d{1,6}))?S)?)?)",
    re.ASCII,
)
_LOOSE = regex(r"(?:PT?)?\s*(\d{1,6})\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)", re.ASCII | re.IGNORECASE)
_VERSION = regex(r"v?(\d{1,5})\.(\d{1,5})(?:\.(\d{1,5}))?(?:[-+][0-9A-Za-z.+-]{1,40})?", re.ASCII)


def duration(text: str) -> int:
    """Microseconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds.

    >>> duration("PT0.02S"), duration("P1DT1H") // HOUR
    (20000, 25)

    Raises ValueError, naming a likely spelling, for anything else: years and months too, whose length varies.
    """
    match = _DURATION.fullmatch(text)
    if match is None or text == "P":
        raise ValueError(f"{shown(text)} is no ISO 8601 duration; {_likely(text)}")
    week, day, hour, minute, second = (int(match[name] or 0) for name in "wdhms")
    fraction = int((match["f"] or "").ljust(6, "0"))
    return week * WEEK + day * DAY + hour * HOUR + minute * MINUTE + second * SECOND + fraction


def _likely(text: str) -> str:
    loose = _LOOSE.fullmatch(text.strip())
    if loose is None:
        return "write PT15M for fifteen minutes, PT4H for four hours, P1D for a day"
    unit = loose[2][0].upper()
    return f"did you mean '{'P' if unit == 'D' else 'PT'}{int(loose[1])}{unit}'?"


def duration_text(microseconds: int) -> str:
    """The shortest ISO 8601 form: whole days as days, all else in hours, minutes, seconds.

    >>> duration_text(48 * HOUR), duration_text(90 * MINUTE), duration_text(20_000), duration_text(0)
    ('P2D', 'PT1H30M', 'PT0.02S', 'PT0S')
    """
    if microseconds and microseconds % DAY == 0:
        return f"P{microseconds // DAY}D"
    hours, rest = divmod(microseconds, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds, fraction = divmod(rest, SECOND)
    text = f"{hours}H" if hours else ""
    text += f"{minutes}M" if minutes else ""
    if seconds or fraction or not text:
        text += f"{seconds}{f'.{fraction:06}'.rstrip('0') if fraction else ''}S"
    return f"PT{text}"


def version(text: str) -> int:
    """A dotted version as one number; a build suffix such as `+ent.hsm` is allowed and does not count.

    Raises ValueError for anything else.
    """
    match = _VERSION.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is no version; write it as 1.21.3")
    return (int(match[1]) * 10**6 + int(match[2])) * 10**6 + int(match[3] or 0)


def version_text(number: int) -> str:
    """The dotted form.

    >>> version_text(version("1.20.13+ent"))
    '1.20.13'
    """
    return f"{number // 10**12}.{number // 10**6 % 10**6}.{number % 10**6}"


NUMBER = {"duration": duration, "version": version}
TEXT = {"duration": duration_text, "version": version_text}


def sample(kind: str, low: int, high: int | None) -> str:
    """A plain value between low and high, both included (high None = no bound): what a person would write.

    >>> sample("duration", 0, 30 * MINUTE - 1), sample("duration", HOUR + 1, None), sample("duration", HOUR, HOUR)
    ('PT15M', 'PT1H1M', 'PT1H')
    """
    if kind == "version":
        return version_text(low)
    for unit in (MINUTE, SECOND, 1000 * MICROSECOND):
        wanted = low or (high or 0) // 2
        rounded = -(-wanted // unit) * unit
        if rounded and rounded >= low and (high is None or rounded <= high):
            return duration_text(rounded)
    return duration_text(low)


def bounds(kind: str, low: int, high: int | None) -> dict[str, str]:
    """The same range in a rule's words; an empty mapping is no bound at all.

    >>> bounds("duration", 0, 30 * MINUTE - 1), bounds("duration", HOUR + 1, 2 * HOUR)
    ({'below': 'PT30M'}, {'above': 'PT1H', 'at_most': 'PT2H'})
    """
    text, unit = TEXT[kind], 1000 if kind == "duration" else 1
    words: dict[str, str] = {}
    if low:
        words |= {"above": text(low - 1)} if kind == "duration" and (low - 1) % unit == 0 else {"at_least": text(low)}
    if high is not None:
        below = kind == "version" or (high + 1) % unit == 0
        words |= {"below": text(high + 1)} if below else {"at_most": text(high)}
    return words


def shown(text: object) -> str:
    """The text as we quote it in an error: one line, printable, short."""
    quoted = ascii(text) if not isinstance(text, str) or not text.isprintable() else f"'{text}'"
    return quoted if len(quoted) <= 80 else quoted[:76] + "...'"
