"""How results are said on a page: the same word, shape and tone for the same thing everywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext


@dataclass(frozen=True, slots=True)
class Mark:
    """A verdict or state as the eye finds it: word, shape (an icon of the sprite) and tone, never the tone alone.

    tone: "pass", "warn", "fail", "accent" or "" (neutral).
    """

    word: str
    icon: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the error summary; href leads to the field, "" where there is none."""

    text: str
    href: str = ""


NO_MARK = Mark("", "")
OPTION_MARKS = {
    "recommended": Mark(gettext_lazy("Recommended"), "badge-check", "pass"),
    "possible": Mark(gettext_lazy("Possible"), "circle"),
    "open": Mark(gettext_lazy("Open"), "circle-dashed", "accent"),
    "excluded": Mark(gettext_lazy("Excluded"), "ban"),
}

_ADDRESS = re.compile(r"^(?P<title>.*?)[\s:,(]*(?P<href>https?://[^\s)]+)\)?(?P<read> \(read [0-9-]+\))?$", re.DOTALL)


def source(text: str) -> Link:
    """A source written as "title: address" or "title, address (read date)"; without an address its title alone.

    >>> source("NIST SP 800-52 Rev. 2: https://csrc.nist.gov/pubs/sp/800/52/r2/final").text
    'NIST SP 800-52 Rev. 2'
    """
    found = _ADDRESS.match(text.strip())
    if found is None:
        return Link(text.strip(), "")
    return Link(f"{found['title'].strip() or found['href']}{found['read'] or ''}", found["href"])


def listed(items: Sequence[str], last: str = "and") -> str:
    """Words in a row, as one says them.

    >>> listed(["a", "b", "c"], "or")
    'a, b or c'
    """
    said = [str(item) for item in items]
    if len(said) < 2:
        return "".join(said)
    return f"{_(', ').join(said[:-1])} {_(last)} {said[-1]}"


def opened(text: str) -> str:
    """The text with a capital letter, as a sentence begins; a name in code (`tls_min_version = ...`) stays as it is.

    >>> opened("the seal here is shamir"), opened("tls_min_version = tls10 admits too much")
    ('The seal here is shamir', 'tls_min_version = tls10 admits too much')
    """
    first = text.split(" ", 1)[0].rstrip(":,")
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "file"), counted(0, "file"), counted(2, "party", "parties")
    ('1 file', '0 files', '2 parties')
    """
    return f"{number} {ngettext(one, many or one + 's', number)}"


def translated(text: str) -> str:
    """A sentence of the rules or the controls in the reader's language, where the catalogue has it.

    Their words are data, so they are looked up when they are shown; `.ci/messages` puts them into the catalogue.
    """
    return _(text) if text else text
