"""Records as JSON and back, type by type: what a process that read hostile bytes may say to the one that asked, and
what a cache keeps that others may write to.

    write(value) -> bytes;  read(data, kind) -> value, or NotTyped

Nothing is executed and nothing is made but records of our own whose fields have the types that their class declares.
Scalars stand for themselves; everything else is a list that begins with a mark:

    ["t", ...] tuple   ["l", ...] list   ["s", ...] frozenset   ["m", key, value, ...] mapping
    ["d", "2026-11-24T10:00:00+00:00"] moment   ["y", "2026-11-24"] day   ["b", "base64"] bytes
    ["r", "module:Class", ...] record   ["e", "module:Class", "word"] word of a closed set (StrEnum)
"""

from __future__ import annotations

import base64
import collections.abc
import types
from collections.abc import Callable, Mapping, Set
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import Any, ClassVar, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from seal_advisor.core.record import Record, fields, values
from seal_advisor.core.regex import regex

T = TypeVar("T")

# Records of evidence live here; nothing else is made, whatever the text asks for.
_HOME = regex(r"evidence\.core(?:\.[a-z][a-z0-9_]{0,40}){1,4}:[A-Z][A-Za-z0-9]{0,60}")
# What a module of records may import for type checkers alone, so that it loads at once.
_ONLY_FOR_CHECKERS = {**vars(collections.abc), "Any": Any, "ClassVar": ClassVar}
_SCALARS = (str, int, float, bool, type(None))


class NotTyped(ValueError):
    """The text is not what `write` makes, or a value has not the type that its field declares."""


def write(value: object) -> bytes:
    """The value as JSON. Raises TypeError for a kind of value that has no form here."""
    return msgspec.json.encode(_marked(value))


def _marked(value: object) -> object:
    if type(value) in _SCALARS:
        return value
    if isinstance(value, Record):
        return ["r", _name(type(value)), *map(_marked, values(value))]
    if isinstance(value, StrEnum):
        return ["e", _name(type(value)), value.value]
    if isinstance(value, datetime):
        return ["d", value.isoformat()]
    if isinstance(value, date):
        return ["y", value.isoformat()]
    if isinstance(value, bytes):
        return ["b", base64.b64encode(value).decode()]
    if isinstance(value, Mapping):
        return ["m", *(_marked(part) for pair in value.items() for part in pair)]
    for mark, kind in (("t", tuple), ("l", list), ("s", Set)):
        if isinstance(value, kind):
            return [mark, *map(_marked, value)]
    raise TypeError(f"no form for {type(value).__name__}")


@cache
def _name(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def read(data: bytes, kind: type[T]) -> T:
    """The value that was written, which must be of this kind. Raises NotTyped."""
    try:
        value = _meant(msgspec.json.decode(data))
    except NotTyped:
        raise
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as error:
        raise NotTyped(f"not readable: {type(error).__name__}") from None
    if not fits(value, kind):
        raise NotTyped(f"not a {kind.__name__}")
    return cast(T, value)


def _meant(said: object) -> object:
    if not isinstance(said, list):
        if isinstance(said, _SCALARS):
            return said
        raise NotTyped("an object in braces")
    if not said or said[0] not in _FORMS:
        raise NotTyped("a list without a mark")
    return _FORMS[said[0]](said[1:])


def _record(said: list[Any]) -> Record:
    name, *rest = said
    cls: type[Record] = _class(name, Record)
    tests = _tests(cls)
    if len(rest) != len(tests):
        raise NotTyped(f"{name} has {len(tests)} fields")
    found = [_meant(each) for each in rest]
    for (field, test), value in zip(tests, found, strict=True):
        if not test(value):
            raise NotTyped(f"{name}: {field} is of another type")
    return cls(*found)


def _word(said: list[Any]) -> StrEnum:
    name, word = said
    cls: type[StrEnum] = _class(name, StrEnum)
    return cls(word)


@cache
def _class(name: object, base: type) -> Any:
    if not isinstance(name, str) or not _HOME.fullmatch(name):
        raise NotTyped("no class of ours")
    module, _, word = name.partition(":")
    try:
        cls = getattr(import_module(module), word)
    except (ImportError, AttributeError):
        raise NotTyped(f"no {name}") from None
    if not isinstance(cls, type) or not issubclass(cls, base):
        raise NotTyped(f"{name} is no {base.__name__}")
    return cls


@cache
def _tests(cls: type[Record]) -> tuple[tuple[str, Test], ...]:
    """Each field in its order with the test of its declared type."""
    hints = get_type_hints(cls, localns=_ONLY_FOR_CHECKERS)
    return tuple((name, _test(hints[name])) for name in fields(cls))


def _mapping(said: list[Any]) -> dict[object, object]:
    if len(said) % 2:
        raise NotTyped("a key without a value")
    parts = [_meant(each) for each in said]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _one(said: list[Any]) -> str:
    if len(said) != 1 or not isinstance(said[0], str):
        raise NotTyped("one text was expected")
    return said[0]


_FORMS: dict[str, Callable[[list[Any]], object]] = {
    "t": lambda said: tuple(map(_meant, said)),
    "l": lambda said: list(map(_meant, said)),
    "s": lambda said: frozenset(map(_meant, said)),
    "m": _mapping,
    "d": lambda said: datetime.fromisoformat(_one(said)),
    "y": lambda said: date.fromisoformat(_one(said)),
    "b": lambda said: base64.b64decode(_one(said), validate=True),
    "r": _record,
    "e": _word,
}


def fits(value: object, kind: Any) -> bool:
    """Whether a value has the declared type, as far down as the declaration goes."""
    return _test(kind)(value)


Test = Callable[[Any], bool]


@cache
def _test(kind: Any) -> Test:
    """A declaration is taken apart once, not at every value."""
    if kind is Any or kind is object:
        return lambda value: True
    if kind is None or kind is type(None):
        return lambda value: value is None
    origin, inner = get_origin(kind), get_args(kind)
    if origin is None:
        return _plain(kind)
    if origin in (Union, types.UnionType):
        tests = tuple(map(_test, inner))
        return lambda value: any(test(value) for test in tests)
    if origin is tuple:
        return _tuple(inner)
    if issubclass(origin, Mapping):
        of_key, of_value = map(_test, inner)
        return lambda value: (
            isinstance(value, origin) and all(of_key(key) and of_value(each) for key, each in value.items())
        )
    of_each = _test(inner[0])
    return lambda value: isinstance(value, origin) and all(map(of_each, value))


def _plain(kind: type) -> Test:
    if kind is int:
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    if kind is float:
        return lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)
    return lambda value: isinstance(value, kind)


def _tuple(inner: tuple[Any, ...]) -> Test:
    if len(inner) == 2 and inner[1] is Ellipsis:
        of_each = _test(inner[0])
        return lambda value: isinstance(value, tuple) and all(map(of_each, value))
    tests = tuple(map(_test, inner))
    return lambda value: (
        isinstance(value, tuple)
        and len(value) == len(tests)
        and all(test(each) for test, each in zip(tests, value, strict=True))
    )
