"""Values that never change: what a frozen, slotted dataclass is, without its price at every start.

A dataclass writes and compiles six methods for each class while the program starts, and loads `inspect` to do so; a
command that has some forty milliseconds cannot pay that for two hundred classes of which it makes twenty. A Record
shares everything but its `__init__`, and that one is written when enough of them are made to be worth it.

    class Source(Record):
        title: str
        read: str = ""
        pages: tuple[int, ...] = ()

    class Item(Record, uncompared=("line",), unshown=("value",)):
        value: str
        line: int = 1

uncompared: fields that equality and hash leave out, such as a place in a file. unshown: fields that `repr` leaves out,
such as a secret.
"""

from __future__ import annotations

from operator import attrgetter

TYPE_CHECKING = False  # type checkers know the name; `typing` itself is not worth loading for it
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar, dataclass_transform

    R = TypeVar("R", bound="Record")
    T = TypeVar("T")
else:

    def dataclass_transform(**_):
        return lambda decorated: decorated


class _Factory:
    """Stands where a default would, for a value that must be made anew each time."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], T]) -> T:
    """A default that is made anew for each record, such as an empty dict."""
    return _Factory(default_factory)  # type: ignore[return-value]


class RecordType(type):
    """Turns the annotations of a class body into slots, in order, those of its bases first."""

    _fields: tuple[str, ...]
    _defaults: dict[str, Any]
    _compared: tuple[str, ...]
    _shown: tuple[str, ...]

    def __new__(
        cls,
        name: str,
        bases: tuple[type, ...],
        body: dict[str, Any],
        *,
        uncompared: tuple[str, ...] = (),
        unshown: tuple[str, ...] = (),
    ) -> RecordType:
        annotations: dict[str, object] = body.get("__annotations__", {})
        own = tuple(n for n, kind in annotations.items() if "ClassVar" not in str(kind))
        fields: tuple[str, ...] = ()
        defaults: dict[str, Any] = {}
        for base in bases:
            if isinstance(base, RecordType):
                fields += tuple(n for n in base._fields if n not in fields)
                defaults |= base._defaults
        new = tuple(n for n in own if n not in fields)
        defaults |= {n: body.pop(n) for n in own if n in body}
        body["__slots__"] = new
        body["_fields"] = body["__match_args__"] = fields + new
        body["_defaults"] = defaults
        body["_compared"] = tuple(n for n in fields + new if n not in uncompared)
        body["_shown"] = tuple(n for n in fields + new if n not in unshown)
        if bases:
            body["__init__"] = _first
        return super().__new__(cls, name, bases, body)


# Compiling an `__init__` takes as long as placing the values of some ten records one by one.
BY_HAND = 8
_MADE: dict[RecordType, int] = {}


def _first(self: Record, *values: Any, **named: Any) -> None:
    """The `__init__` of a class of which few have been made; then it puts the real one in its place, and calls it."""
    cls = type(self)
    made = _MADE[cls] = _MADE.get(cls, 0) + 1
    if made <= BY_HAND and _placed(self, values, named):
        return
    written: Any = _written(cls)
    cls.__init__ = written  # type: ignore[method-assign]
    written(self, *values, **named)


def _placed(self: Record, values: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Sets the fields one by one; False, with nothing set, where the call does not fit them: the real one says why."""
    cls: Any = type(self)
    given = dict(zip(cls._fields, values))  # noqa: B905 - a value too many shows below
    given.update(named)
    missing = [name for name in cls._fields if name not in given]
    if len(given) != len(values) + len(named) or len(given) + len(missing) != len(cls._fields):
        return False  # a value too many, a name twice or unknown
    for name in missing:
        if name not in cls._defaults:
            return False
        default = cls._defaults[name]
        given[name] = default.make() if isinstance(default, _Factory) else default
    for name, value in given.items():
        object.__setattr__(self, name, value)
    if hasattr(cls, "__post_init__"):
        cls.__post_init__(self)
    return True


def _written(cls: RecordType) -> Callable[..., None]:
    known: dict[str, Any] = {}
    head, lines = ["self"], []
    for name in cls._fields:
        known[f"set_{name}"] = getattr(cls, name).__set__
        value = name
        if name in cls._defaults:
            default = known[f"default_{name}"] = cls._defaults[name]
            head.append(f"{name}=default_{name}")
            if isinstance(default, _Factory):
                value = f"default_{name}.make() if {name} is default_{name} else {name}"
        else:
            head.append(name)
        lines.append(f"    set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):  # as a dataclass has it: a check of the values, once they are in place
        lines.append("    self.__post_init__()")
    source = f"def __init__({', '.join(head)}):\n" + ("\n".join(lines) or "    pass")
    # The text is made of the names that stand in our own class bodies, and of nothing else.
    exec(source, known)  # noqa: S102
    written: Callable[..., None] = known["__init__"]
    written.__qualname__ = f"{cls.__qualname__}.__init__"
    return written


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record(metaclass=RecordType):
    """Frozen, slotted, compared and hashed by value. Errors: TypeError for a missing or unknown name,
    AttributeError for every attempt to change one."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name!r} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name!r} cannot be removed")

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return _compared(self) == _compared(other)

    def __hash__(self) -> int:
        return hash(_compared(self))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in type(self)._shown)
        return f"{type(self).__qualname__}({shown})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), values(self)


_COMPARED: dict[type, Callable[[object], tuple[Any, ...]]] = {}


def _compared(record: Any) -> tuple[Any, ...]:
    cls = type(record)
    getter = _COMPARED.get(cls)
    if getter is None:
        getter = _COMPARED[cls] = _getter(cls._compared)
    return getter(record)


def _getter(names: tuple[str, ...]) -> Callable[[object], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


def values(record: Record) -> tuple[Any, ...]:
    """The values of its fields, in order."""
    return tuple(getattr(record, name) for name in type(record)._fields)


def fields(record: Record | type[Record]) -> tuple[str, ...]:
    """The names of its fields, in order."""
    cls: RecordType = record if isinstance(record, RecordType) else type(record)
    return cls._fields


def replace(record: R, /, **changes: Any) -> R:
    """A copy with other values. Errors: TypeError for a name that is no field."""
    return type(record)(**dict(zip(type(record)._fields, values(record), strict=True)) | changes)
