"""The report of `seal-advisor doctor`: a node's seal, tried out (its schema: docs/doctor.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evidence.core import json_text
from evidence.core.doctor_facts import DoctorCheck, DoctorFacts, DoctorKey, DoctorPin, DoctorSeal
from evidence.core.facts import Declared
from evidence.core.refusal import Refused
from evidence.core.scan import iso
from evidence.core.sniff import is_json, top_keys

KIND = DoctorFacts.KIND
TITLE = "doctor's report"
FORM = "json"

MARK = "seal_advisor_doctor"
SCHEMA = 1
STATES = ("ok", "failed", "warned", "not_run")


def matches(head: str) -> bool:
    return is_json(head) and MARK in top_keys(head)


def parse(text: str, declared: Declared) -> DoctorFacts:
    """The facts of a report; Refused when its schema is another one, so that no later field reads as absent."""
    document = json_text.load(text)
    if not isinstance(document, dict) or document.get(MARK) != SCHEMA:
        reason = f"a doctor's report of another schema than {SCHEMA}"
        raise Refused(reason, "run the doctor of this Seal Advisor again")
    config = _object(document, "config")
    lines = text.splitlines()
    keys, checks, pins = (_places(lines, f'"{word}":') for word in ("class", "check", "pin_file"))
    libraries = _places(lines, '"library": {')
    seals = tuple(_seal(each, keys, checks, pins, libraries) for each in _objects(document, "seals"))
    return DoctorFacts(
        at=iso(document.get("taken_at")),
        node=_text(document, "node"),
        product=_text(document, "product"),
        config_sha256=_text(config, "sha256") or "",
        environment=tuple(str(name) for name in _list(document, "environment")),
        seals=seals,
        inconclusive="" if seals else "no seal stands in it",
    )


def _places(lines: list[str], mark: str) -> Iterator[int]:
    """Lines on which the report writes this key, in order; a value cannot hold it, its quotes would be escaped."""
    return (number for number, line in enumerate(lines, start=1) if mark in line)


def _seal(
    seal: Mapping[str, object],
    keys: Iterator[int],
    checks: Iterator[int],
    pins: Iterator[int],
    libraries: Iterator[int],
) -> DoctorSeal:
    mechanism, trip, sessions = (_object(seal, name) for name in ("mechanism", "round_trip", "sessions"))
    library = _object(seal, "library")
    latency, pin = _object(seal, "latency_ms"), seal.get("pin_file")
    return DoctorSeal(
        label=_text(seal, "kind") or "",
        labels=tuple(str(label) for label in _list(seal, "key_labels")),
        mechanism=_number(mechanism, "number"),
        mechanism_basis=_text(mechanism, "basis") or "",
        oaep_hash=_text(mechanism, "oaep_hash"),
        software=_flag(seal, "software"),
        keys=tuple(_key(key, next(keys, 1)) for key in _objects(seal, "keys")),
        pin=_pin(pin, next(pins, 1)) if isinstance(pin, dict) else None,
        round_trip=_flag(trip, "matches"),
        sessions_limit=_number(sessions, "limit"),
        latency_ms=tuple((name, float(value)) for name, value in latency.items() if isinstance(value, float)),
        checks=tuple(_check(check, next(checks, 1)) for check in _objects(seal, "checks")),
        library_path=_text(library, "path"),
        library_sha256=_text(library, "sha256"),
        library_line=next(libraries, 1) if library else None,
    )


def _key(key: Mapping[str, object], line: int) -> DoctorKey:
    return DoctorKey(
        role=_text(key, "role") or "wrapping",
        object_class=_text(key, "class") or "",
        key_type=_text(key, "type") or "",
        bits=_number(key, "bits"),
        label=_text(key, "key_label") or "",
        id=_text(key, "key_id") or "",
        selected=_flag(key, "selected") is True,
        token=_flag(key, "on_token"),
        sensitive=_flag(key, "sensitive"),
        extractable=_flag(key, "extractable"),
        always_sensitive=_flag(key, "always_sensitive"),
        never_extractable=_flag(key, "never_extractable"),
        local=_flag(key, "local"),
        line=line,
    )


def _pin(pin: Mapping[str, object], line: int) -> DoctorPin:
    return DoctorPin(
        form=_text(pin, "form") or "absent",
        path=_text(pin, "path"),
        mode=_text(pin, "mode"),
        owner=_text(pin, "owner"),
        server_user=_text(pin, "server_user"),
        owner_basis=_text(pin, "owner_basis"),
        trailing_newline=_flag(pin, "trailing_newline"),
        single_slash=_flag(pin, "single_slash") is True,
        line=line,
    )


def _check(check: Mapping[str, object], line: int) -> DoctorCheck:
    state = _text(check, "state") or ""
    if state not in STATES:
        raise Refused(f"a check is {state!r}; it must be one of {', '.join(STATES)}", "run the doctor again", line)
    return DoctorCheck(
        id=_text(check, "check") or "",
        state=state,
        message=_text(check, "message") or "",
        signature=_text(check, "signature") or "",
        line=line,
    )


def _object(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _list(document: Mapping[str, object], name: str) -> list[object]:
    value = document.get(name)
    return value if isinstance(value, list) else []


def _objects(document: Mapping[str, object], name: str) -> tuple[Mapping[str, object], ...]:
    return tuple(each for each in _list(document, name) if isinstance(each, dict))


def _text(document: Mapping[str, object], name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) else None


def _flag(document: Mapping[str, object], name: str) -> bool | None:
    value = document.get(name)
    return value if isinstance(value, bool) else None


def _number(document: Mapping[str, object], name: str) -> int | None:
    value = document.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
