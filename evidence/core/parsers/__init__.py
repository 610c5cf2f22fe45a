"""The readers of evidence: every module in this folder reads one format.

A module holds KIND (the artefact's kind, shared by formats that state the same facts), TITLE (for people), FORM (how
it is redacted: "config", "json", "audit", "xml", "text"), `matches(head: str) -> bool` over the first 64 KiB, and
`parse(text: str, declared: Declared) -> facts` over the redacted text, which raises Refused when it cannot be read.
A module without them, or one that refuses to be told apart, fails loudly at import.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from evidence.core.facts import Declared

FORMS = ("config", "json", "audit", "xml", "text")


@dataclass(frozen=True, slots=True)
class Parser:
    """One format. name: the module's name."""

    name: str
    kind: str
    title: str
    form: str
    matches: Callable[[str], bool]
    parse: Callable[[str, Declared], object]


def _walk() -> tuple[Parser, ...]:
    found: list[Parser] = []
    for info in sorted(iter_modules(__path__), key=lambda info: info.name):
        module = import_module(f"{__name__}.{info.name}")
        missing = [name for name in ("KIND", "TITLE", "FORM", "matches", "parse") if not hasattr(module, name)]
        if missing:
            raise TypeError(f"{module.__name__} has no {', '.join(missing)}")
        if module.FORM not in FORMS:
            raise ValueError(f"{module.__name__}: no form {module.FORM!r}")
        found.append(Parser(info.name, module.KIND, module.TITLE, module.FORM, module.matches, module.parse))
    if len({parser.title for parser in found}) != len(found):
        raise ValueError(f"{__name__}: two parsers have one TITLE")
    return tuple(found)


PARSERS: tuple[Parser, ...] = _walk()


def parser_for(head: str) -> Parser | None:
    """The parser of the format that this head shows; None when there is none."""
    return next((parser for parser in PARSERS if parser.matches(head)), None)
