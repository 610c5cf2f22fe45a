"""Characters that paper cannot show as themselves: they are printed by their number, and the first page says so.

A control character, a mark that turns the direction of a line or a sign that no font at hand has would otherwise be an
empty box, or nothing at all, and a reader would take two different names for the same one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from seal_advisor.core.regex import regex

NUMBERED = regex(r"\[U\+[0-9A-F]{4,6}\]")
PLACE = "<!--numbered characters-->"  # where the report's first page has room for the note
NOTE = (
    "<p><span>Characters</span> <span>[U+XXXX] stands for the character of that number, which print cannot show; "
    "the package's files have it as it was.</span></p>"
)


def number(char: str) -> str:
    """
    >>> number("\\u202e")
    '[U+202E]'
    """
    return f"[U+{ord(char):04X}]"


def visible(words: str) -> str:
    """Every kind of blank as a blank, lines as lines, and what has no shape by its number."""
    return words if words.isprintable() else "".join(map(_visible, words))


def _visible(char: str) -> str:
    if char.isprintable() or char == "\n":
        return char
    return " " if char == "\t" or unicodedata.category(char) == "Zs" else number(char)


def without(html: str, missing: Collection[str]) -> str:
    """A page with the numbers of the characters that its fonts lack."""
    return html.translate({ord(char): number(char) for char in missing})


def noted(html: str) -> str:
    """A page that says what the numbers are, where it has any."""
    return html.replace(PLACE, NOTE if NUMBERED.search(html) else "")
