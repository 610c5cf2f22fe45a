"""TOML texts -> Ruleset. Refuses every word it does not know, with the nearest one it does.

The schema stands in `seal_advisor.core.rules`. Nothing is guessed: a mistyped question, value, option or key would
silently switch a rule off, and a silently dead exclusion recommends a design that breaks the law.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from seal_advisor.core import compiler, house, words
from seal_advisor.core.conditions import Condition, Draft, conditions, thresholds
from seal_advisor.core.record import Record, replace
from seal_advisor.core.ruleset_types import (
    CRITERIA,
    EFFECTS,
    KINDS,
    OUTCOMES,
    House,
    Migration,
    Option,
    Ruleset,
    RulesetError,
    Setting,
    Source,
    Value,
)

Table = dict[str, Any]
ONCE = {"ruleset": {"version"}, "house": house.KEYS}
TABLES = ("ruleset", "question", "option", "setting", "source", "rule", "migrate")
KEYS = {
    "question": {"text", "help", "topic", "kind", "ordered", "core", "absent", "values"},
    "value": {"id", "label", "help"},
    "option": {"title", "headline", "summary"},
    "setting": {"value", "why"},
    "source": {"title", "address", "read"},
    "rule": {
        "effect", "options", "when", "outcome", "criterion", "severity", "why", "source", "controls", "follows",
    },
    "migrate": {"from_version", "question", "to_question", "values"},
}  # fmt: skip


class _Reading(Record):
    """The tables of a ruleset, checked, before the bits are dealt out."""

    version: str
    drafts: tuple[Draft, ...]
    options: tuple[Option, ...]
    sources: Mapping[str, Source]
    settings: Mapping[str, Setting]
    rules: Mapping[str, tuple[str, Table]]
    conditions: Mapping[str, Mapping[str, Condition]]
    migrations: tuple[Migration, ...]


def load(files: Mapping[str, str]) -> Ruleset:
    """File name -> TOML text becomes a ruleset; with the files of a house (`house.overlay`) the ruleset of that house.

    Raises RulesetError for anything that is not exactly right. The order of the questions is the order of the files'
    names, then the order in the file.
    """
    texts, own = house.split(files)
    tables = _tables(texts, TABLES)
    if not tables["ruleset"]:
        raise RulesetError("questions.toml: [ruleset] with its version is missing")
    released = _read(tables)
    if not own:
        return _compiled(released, files)
    laid_over = _tables(own, house.TABLES)
    if not laid_over["house"]:
        raise RulesetError(f"{min(own)}: [house] with name and version is missing")
    laid = _read(house.laid(tables, laid_over))
    return replace(_compiled(laid, files), house=_house(released, laid, laid_over, own))


def _house(released: _Reading, laid: _Reading, own: Mapping[str, Any], texts: Mapping[str, str]) -> House:
    """What the house says of itself, and both sets of rules compared on bits that both fit."""
    cuts = thresholds(released.drafts, [*released.conditions.values(), *laid.conditions.values()])
    questions = compiler.questions(released.drafts, cuts)
    before, after = (
        compiler.boxed(one.rules, one.conditions, questions, one.options, one.sources) for one in (released, laid)
    )
    table = own["house"]
    return House(
        name=_line(table, "name"),
        version=_line(table, "version"),
        sha256=digest({name.removeprefix(house.FOLDER): text for name, text in texts.items()}),
        stricter=house.differences(after, before, questions, released.options, house.NOW),
        weaker=house.differences(before, after, questions, released.options, house.NO_LONGER),
        own=house.own_parts(own),
    )


def _read(tables: Mapping[str, Any]) -> _Reading:
    settings = {name: _setting(file, name, table) for name, (file, table) in tables["setting"].items()}
    drafts = tuple(_question(file, name, table) for name, (file, table) in tables["question"].items())
    options = tuple(_option(file, name, table) for name, (file, table) in tables["option"].items())
    sources = {name: _source(file, name, table) for name, (file, table) in tables["source"].items()}
    by_id = {draft.id: draft for draft in drafts}
    read = {}
    for name, (file, table) in tables["rule"].items():
        where = f"{file}: rule {name}"
        _rule(where, table, options, sources)
        read[name] = conditions(where, table, by_id, settings)
    return _Reading(
        version=_text(tables["ruleset"], "version", "[ruleset]"),
        drafts=drafts,
        options=options,
        sources=sources,
        settings=settings,
        rules=tables["rule"],
        conditions=read,
        migrations=tuple(_migration(file, table) for file, table in tables["migrate"]),
    )


def _compiled(read: _Reading, files: Mapping[str, str]) -> Ruleset:
    return compiler.ruleset(
        version=read.version,
        sha256=digest(files),
        files=dict(sorted(files.items())),
        questions=compiler.questions(read.drafts, thresholds(read.drafts, read.conditions.values())),
        options=read.options,
        sources=read.sources,
        settings=read.settings,
        rules=read.rules,
        conditions=read.conditions,
        migrations=read.migrations,
    )


def digest(files: Mapping[str, str]) -> str:
    """SHA-256 over name, length and UTF-8 bytes of every file, in the order of the names."""
    total = hashlib.sha256()
    for name, text in sorted(files.items()):
        data = text.encode("utf-8")
        total.update(f"{name}\0{len(data)}\0".encode())
        total.update(data)
    return total.hexdigest()


def _tables(files: Mapping[str, str], kinds: Iterable[str]) -> dict[str, Any]:
    """All files as one: kind of table -> id -> (file, table). An id that stands twice is refused."""
    found: dict[str, Any] = {name: {} for name in kinds}
    found["migrate"] = []
    for file, text in sorted(files.items()):
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise RulesetError(f"{file}: {error}") from None
        for kind, content in document.items():
            words.known(kind, kinds, f"{file}: no table", RulesetError)
            if kind == "migrate":
                found["migrate"] += [(file, table) for table in content]
            elif kind in ONCE:
                if found[kind]:
                    raise RulesetError(f"{file}: [{kind}] stands a second time; it may stand once")
                words.keys(content, ONCE[kind], f"{file}: {kind}", RulesetError)
                found[kind] = content
            else:
                _merge(found[kind], kind, file, content)
    return found


def _merge(into: dict[str, tuple[str, Table]], kind: str, file: str, content: Any) -> None:
    if not isinstance(content, dict) or not all(isinstance(table, dict) for table in content.values()):
        raise RulesetError(f"{file}: {kind} needs a name: [{kind}.NAME]")
    for name, table in content.items():
        if name in into:
            raise RulesetError(f"{file}: {kind} {name} stands already in {into[name][0]}")
        words.keys(table, KEYS[kind], f"{file}: {kind} {name}", RulesetError)
        into[name] = (file, table)


def _text(table: Table, key: str, where: str, default: str | None = None) -> str:
    """A text that is not empty; missing is an error unless there is a default."""
    if key not in table and default is not None:
        return default
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise RulesetError(f"{where}: '{key}' is missing or is no text")
    return value.strip()


def _line(house: Table, key: str) -> str:
    """A short text on one line: it is printed in configurations, where a second line would be no comment any more."""
    value = _text(house, key, "[house]")
    if len(value) > 80 or not value.isprintable():
        raise RulesetError(f"[house]: '{key}' must be one line of at most 80 characters")
    return value


def _flag(table: Table, key: str, where: str) -> bool:
    value = table.get(key)
    if not isinstance(value, bool):
        raise RulesetError(f"{where}: '{key}' must be true or false")
    return value


def _word(table: Table, key: str, allowed: Iterable[str], where: str) -> str:
    value = _text(table, key, where)
    words.known(value, allowed, f"{where}: no {key}", RulesetError)
    return value


def _setting(file: str, name: str, table: Table) -> Setting:
    where = f"{file}: setting {name}"
    value = table.get("value")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RulesetError(f"{where}: 'value' is missing or is neither text nor number")
    return Setting(name, str(value), _text(table, "why", where))


def _source(file: str, name: str, table: Table) -> Source:
    where = f"{file}: source {name}"
    address, read = _text(table, "address", where), table.get("read")
    if not address.startswith(("https://", "http://")):
        raise RulesetError(f"{where}: 'address' must start with https://")
    if type(read) is not date:
        raise RulesetError(f"{where}: 'read' must be the day it was read, such as 2026-11-24 without quotes")
    return Source(name, _text(table, "title", where), address, read)


def _option(file: str, name: str, table: Table) -> Option:
    where = f"{file}: option {name}"
    return Option(name, _text(table, "title", where), _flag(table, "headline", where), _text(table, "summary", where))


def _question(file: str, name: str, table: Table) -> Draft:
    where = f"{file}: question {name}"
    kind = _word(table, "kind", KINDS, where)
    values = tuple(_value(where, value) for value in table.get("values", ()))
    if (kind == "choice") != bool(values):
        raise RulesetError(f"{where}: 'values' belong to kind choice, and it needs them")
    ids = [value.id for value in values]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None:
        raise RulesetError(f"{where}: value {twice} stands twice")
    core, absent = _flag(table, "core", where), table.get("absent")
    if absent is not None:
        if core:
            raise RulesetError(f"{where}: 'absent' belongs to refinements (core = false)")
        words.known(absent, ids, f"{where}: absent: no value", RulesetError)
    ordered = _flag(table, "ordered", where)
    return Draft(
        id=name,
        text=_text(table, "text", where),
        help=_text(table, "help", where),
        topic=_text(table, "topic", where),
        kind=kind,
        ordered=ordered,
        core=core,
        values=values,
        absent=absent,
    )


def _value(where: str, table: Any) -> Value:
    if not isinstance(table, dict):
        raise RulesetError(f"{where}: each of 'values' must be a table with id and label")
    words.keys(table, KEYS["value"], f"{where}: value {table.get('id')}", RulesetError)
    return Value(_text(table, "id", where), _text(table, "label", where), _text(table, "help", where, ""))


def _rule(where: str, table: Table, options: tuple[Option, ...], sources: Mapping[str, Source]) -> None:
    """Checks all of a rule but its conditions."""
    effect = _word(table, "effect", EFFECTS, where)
    _text(table, "why", where)
    words.known(_text(table, "source", where), sources, f"{where}: no source", RulesetError)
    for option in _list(table, "options", where):
        words.known(option, [one.id for one in options], f"{where}: no option", RulesetError)
    if effect in {"exclude", "concern"} and not table.get("options"):
        raise RulesetError(f"{where}: 'options' is missing: which options does it {effect}?")
    if effect == "inconsistent" and table.get("options"):
        raise RulesetError(f"{where}: 'options' do not belong to effect inconsistent, which is about the answers alone")
    if effect == "concern":
        _word(table, "criterion", CRITERIA, where)
        if table.get("severity") not in (1, 2, 3):
            raise RulesetError(f"{where}: 'severity' must be 1, 2 or 3")
    _only(table, ("criterion", "severity"), effect == "concern", "concern", where)
    _only(table, ("controls",), effect == "oblige", "oblige", where)
    _only(table, ("follows",), effect in {"exclude", "concern"}, "exclude or concern", where)
    _only(table, ("outcome",), effect in {"oblige", "warn", "note"}, "oblige, warn or note", where)
    _list(table, "controls", where)
    if "outcome" in table:
        _word(table, "outcome", OUTCOMES, where)
    if not isinstance(table.get("when", {}), dict):
        raise RulesetError(f"{where}: 'when' must name questions: when.boundary = ...")
    if effect == "inconsistent" and not table.get("when"):
        raise RulesetError(f"{where}: 'when' is missing")


def _only(table: Table, keys: tuple[str, ...], right: bool, effect: str, where: str) -> None:
    for key in keys:
        if key in table and not right:
            raise RulesetError(f"{where}: '{key}' belongs to effect {effect}")


def _list(table: Table, key: str, where: str) -> list[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value) or len(set(value)) < len(value):
        raise RulesetError(f"{where}: '{key}' must be a list of different names")
    return value


def _migration(file: str, table: Any) -> Migration:
    where = f"{file}: migrate"
    if not isinstance(table, dict):
        raise RulesetError(f"{where}: must be [[migrate]]")
    words.keys(table, KEYS["migrate"], where, RulesetError)
    values = table.get("values", {})
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise RulesetError(f"{where}: 'values' must be a table of old value = new value")
    version, question = _text(table, "from_version", where), _text(table, "question", where)
    return Migration(version, question, _text(table, "to_question", where, question), values)
