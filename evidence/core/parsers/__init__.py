"""The readers of evidence: every module in this folder reads one format.

A module holds KIND (the artefact's kind, shared by formats that state the same facts), TITLE (for people), FORM (how
it is redacted, see FORMS), `matches(head: str) -> bool` over the first 64 KiB, and
`parse(text: str, declared: Declared) -> facts` over the redacted text, which raises Refused when it cannot be read.
A module without them fails loudly when it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module

from evidence.core.facts import Declared
from evidence.core.lines import LineReader, RecordReader
from evidence.core.sniff import is_server_config
from seal_advisor.core.folder import modules
from seal_advisor.core.record import Record

FORMS = ("config", "yaml", "environment", "unit", "json", "audit", "xml", "hcl2", "text")


class Parser(Record):
    """One format. name: the module's name. lines: the module's `Lines`, where one record is one line of any log.

    records: the module's `Records`, where a document of any size is one list of records.
    """

    name: str
    kind: str
    title: str
    form: str
    matches: Callable[[str], bool]
    parse: Callable[[str, Declared], object]
    lines: Callable[[], LineReader] | None = None
    records: Callable[[], RecordReader] | None = None


_NAMES = tuple(modules(__path__))
_CONFIG = "vault_config"
# Formats that fit many files: asked when no other one is found.
LAST = ("generic_log",)


@cache
def load(name: str) -> Parser:
    """The parser of one module; TypeError or ValueError when the module does not say what it must."""
    module = import_module(f"{__name__}.{name}")
    missing = [word for word in ("KIND", "TITLE", "FORM", "matches", "parse") if not hasattr(module, word)]
    if missing:
        raise TypeError(f"{module.__name__} has no {', '.join(missing)}")
    if module.FORM not in FORMS:
        raise ValueError(f"{module.__name__}: no form {module.FORM!r}")
    passing = getattr(module, "Lines", None), getattr(module, "Records", None)
    return Parser(name, module.KIND, module.TITLE, module.FORM, module.matches, module.parse, *passing)


def all_parsers() -> tuple[Parser, ...]:
    """Every format, by module name; ValueError when two have one title."""
    found = tuple(load(name) for name in _NAMES)
    if len({parser.title for parser in found}) != len(found):
        raise ValueError(f"{__name__}: two parsers have one TITLE")
    return found


def parser_for(head: str) -> Parser | None:
    """The parser of the format that this head shows; None when there is none.

    Modules are imported as they are asked, the LAST after all others, the server configuration first where the head
    looks like one: the commands that judge a configuration then start without the readers of logs and scans.
    """
    first = (_CONFIG,) if is_server_config(head) else ()
    names = dict.fromkeys((*first, *(name for name in _NAMES if name not in LAST), *LAST))
    return next((parser for parser in map(load, names) if parser.matches(head)), None)
