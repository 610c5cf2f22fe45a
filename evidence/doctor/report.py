"""The doctor's findings as one JSON document (the schema: docs/doctor.md) and as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from evidence.core.parsers.doctor import MARK, SCHEMA, STATES
from evidence.core.redaction import redact
from evidence.doctor.checks import FAILED, NOT_RUN, OK, Check
from evidence.doctor.hsm import Effort, Examination
from evidence.doctor.key_rules import asked
from evidence.doctor.others import examine
from evidence.doctor.pin import Environment, ServerUser, resolve
from evidence.doctor.wanted import Wanted, WantedSeal
from seal_advisor import __version__


def examined(
    wanted: Wanted, environment: Environment, user: ServerUser, effort: Effort, now: datetime, node: str | None
) -> dict[str, Any]:
    """The whole document: every live seal of the configuration, tried out."""
    seals = [_seal(seal, wanted, environment, user, effort) for seal in wanted.seals]
    states = [check["state"] for seal in seals for check in seal["checks"]]
    return {
        MARK: SCHEMA,
        "tool": f"seal-advisor {__version__}",
        "taken_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "node": node or wanted.node,
        "product": wanted.product,
        "product_basis": wanted.product_basis,
        "config": {"name": wanted.name, "sha256": wanted.sha256},
        "environment": list(wanted.variables),
        "seals": seals,
        "summary": {state: states.count(state) for state in STATES},
    }


def _seal(
    seal: WantedSeal, wanted: Wanted, environment: Environment, user: ServerUser, effort: Effort
) -> dict[str, Any]:
    checks = [Check("config", FAILED, p.message, "the server refuses it", p.remedy) for p in seal.problems]
    checks += [Check("config", OK, note) for note in seal.notes]
    document: dict[str, Any] = {
        "kind": seal.label,
        "line": seal.line,
        "parameters": [_parameter(seal, name) for name in sorted(seal.given)],
        "key_labels": [],
        "pin_file": None,
    }
    secrets = _secrets(seal)
    if seal.label == "pkcs11":
        pin = resolve(seal.given.get("pin"), environment, user)
        examination = Examination(seal, wanted.product, pin, environment, effort)
        examination.run()
        secrets |= {pin.value} if pin.value and len(pin.value) >= 4 else set()
        document["pin_file"] = dict(pin.report)
        document["key_labels"] = [each["label"] for each in asked(seal) if each["label"]]
        checks += [*pin.checks, *examination.checks]
        document |= examination.report
    else:
        checks += examine(seal, environment)
    document["checks"] = [check.document() for check in checks]
    cleaned: dict[str, Any] = _without(document, frozenset(secrets))
    return cleaned


def _secrets(seal: WantedSeal) -> set[str]:
    """Values of secret parameters that are no references; what is shorter than four characters is in every text."""
    names = seal.kind.secrets() if seal.kind else frozenset()
    values = {given.value for name, given in seal.given.items() if name in names}
    return {value for value in values if len(value) >= 4 and not value.startswith(("file:", "env:"))}


def _without(value: Any, secrets: frozenset[str]) -> Any:
    """The same, each text redacted as an upload is: a vendor's message or an address may repeat what it was given."""
    if isinstance(value, str):
        return redact(value, "text", known=secrets).text
    if isinstance(value, dict):
        return {name: _without(each, secrets) for name, each in value.items()}
    return [_without(each, secrets) for each in value] if isinstance(value, list) else value


def _parameter(seal: WantedSeal, name: str) -> dict[str, str | None]:
    given = seal.given[name]
    return {"parameter": name, "value": None if given.secret else given.value, "from": given.origin}


def as_json(document: Mapping[str, Any]) -> str:
    """Sorted keys, so that two runs differ only where the node does."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def as_text(document: Mapping[str, Any]) -> str:
    """One line for each check; below a failed one its cause and the first response."""
    lines = [f"{document['config']['name']}: {document['product']} ({document['product_basis']})"]
    for seal in document["seals"]:
        lines.append(f'seal "{seal["kind"]}"' + (f", line {seal['line']}" if seal["line"] else ""))
        lines += _lines(seal["checks"])
    counts = document["summary"]
    lines.append(", ".join(f"{counts[state]} {state.replace('_', ' ')}" for state in STATES))
    return "\n".join(lines)


def _lines(checks: Iterable[Mapping[str, str]]) -> list[str]:
    lines = []
    for check in checks:
        lines.append(f"  {check['state'].replace('_', ' '):<8}{check['check']:<16}{check['message']}")
        if check["state"] not in (OK, NOT_RUN):
            lines += [f"{'':<26}cause: {check['cause']}"] if check["cause"] else []
            mark = f" [{check['signature']}]" if check["signature"] else ""
            lines += [f"{'':<26}do:    {check['response']}{mark}"] if check["response"] else []
    return lines


def has_failed(document: Mapping[str, Any]) -> bool:
    """Whether any check failed."""
    return bool(document["summary"][FAILED])
