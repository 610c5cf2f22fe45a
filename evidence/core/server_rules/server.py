"""The server that a file is judged for, and the small judgements that every rule uses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from evidence.core.facts import Problem, Setting, Stanza
from seal_advisor.core.record import Record
from seal_advisor.core.regex import regex
from seal_advisor.core.words import alike

DOCS = {
    "vault": "https://developer.hashicorp.com/vault/docs/configuration",
    "openbao": "https://openbao.org/docs/configuration/",
}
# What to do instead, for keys that the other product has.
_INSTEAD = {
    ("vault", "audit"): "remove it: Vault's audit devices are enabled by `vault audit enable`, never in the file",
    ("vault", "plugin"): "remove it: Vault registers plugins by `vault plugin register`",
    ("vault", "initialize"): "remove it: Vault is initialised by `vault operator init`",
    ("openbao", "disable_mlock"): "remove it: OpenBao has dropped mlock; switch swap off",
}
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False", ""})
_DURATION = regex(
    r"[+-]?(?:\d+|(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h|d)(?:(?:\d+(?:\.\d*)?)(?:ns|us|µs|ms|s|m|h))*)\Z"
)
_NUMBER = regex(r"[+-]?\d+\Z")


class Server(Record):
    """product: "vault" or "openbao". version: as declared, None when unknown."""

    product: str
    version: str | None

    @property
    def name(self) -> str:
        return "OpenBao" if self.product == "openbao" else "Vault"

    def at_least(self, major: int, minor: int) -> bool | None:
        """Whether the declared version is that or newer; None when it is unknown.

        >>> Server("vault", "1.9.2").at_least(1, 20)
        False
        """
        found = re.match(r"v?(\d+)(?:\.(\d+))?", self.version or "")
        if not found:
            return None
        return (int(found[1]), int(found[2] or 0)) >= (major, minor)

    @property
    def docs(self) -> str:
        return DOCS[self.product]


def number_of(value: object) -> int | None:
    """An integer from 5, "5" or "0x1085"; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = str(value).strip() if isinstance(value, str) else ""
    try:
        return int(text, 16) if text[:2].lower() == "0x" else int(text)
    except ValueError:
        return None


def misfit(type_: str, value: object) -> str:
    """Why a value cannot be what its key demands, "" when it can (as Vault's decoder would have it)."""
    if type_ == "any":
        return ""
    if isinstance(value, (list, dict)):
        shape = "a list" if isinstance(value, list) else "an object"
        return f"{shape} stands where one value belongs"
    if type_ == "text":
        return "unknown type for string: a switch" if isinstance(value, bool) else ""
    if type_ == "flag":
        return (
            "" if isinstance(value, (bool, int, float)) or str(value) in _TRUE | _FALSE else "is neither true nor false"
        )
    if type_ == "strict_flag":
        return "" if isinstance(value, bool) else "must be true or false without quotes"
    pattern = _NUMBER if type_ == "number" else _DURATION
    if isinstance(value, bool) or not (isinstance(value, int) or value == "" or pattern.match(str(value))):
        return "is not a whole number" if type_ == "number" else 'is not a duration such as "768h"'
    return ""


def check_settings(
    stanza: Stanza, known: Mapping[str, str], where: str, server: Server, blocks: frozenset[str] = frozenset()
) -> Iterator[Problem]:
    """Unknown keys (warned) and values of a wrong type (refused) of one block or of the top level."""
    for setting in stanza.settings.values():
        type_ = known.get(setting.name)
        if type_ is None:
            if setting.name not in blocks:
                yield unknown(setting.name, setting.line, where, [*known, *blocks], server)
            continue
        reason = "" if setting.removed else misfit(type_, setting.value)
        if reason:
            yield wrong_type(setting, where, type_, reason, server)
    for inner in stanza.stanzas:
        if inner.kind not in blocks:
            if inner.kind in known and known[inner.kind] != "any":
                setting = Setting(inner.kind, {}, inner.line)
                yield wrong_type(setting, where, known[inner.kind], "an object stands where one value belongs", server)
            elif inner.kind not in known:
                yield unknown(inner.kind, inner.line, where, [*known, *blocks], server)


def unknown(name: str, line: int, where: str, known: list[str], server: Server) -> Problem:
    """The server's own warning about a key that it does not know, with the nearest one that it does."""
    near = alike(name, known, 0.75)
    return Problem(
        "unknown_key",
        f"unknown or unsupported field {name} found in configuration: {server.name} does not read it"
        + (f" in {where}" if where else ""),
        line,
        "warned",
        _INSTEAD.get((server.product, name)) or (f"did you mean {near}?" if near else f"remove {name}"),
        server.docs,
    )


def wrong_type(setting: Setting, where: str, type_: str, reason: str, server: Server) -> Problem:
    """The decoder's refusal, with the literal line to write instead where there is one."""
    place = f" in {where}" if where else ""
    remedy = {
        "text": f'write {setting.name} = "..."',
        "flag": f"write {setting.name} = true or {setting.name} = false",
        "strict_flag": f"write {setting.name} = true or {setting.name} = false",
        "number": f"write {setting.name} = 0 with a whole number",
        "duration": f'write {setting.name} = "768h" or a number of seconds',
    }[type_]
    if isinstance(setting.value, list) and setting.value and all(isinstance(each, str) for each in setting.value):
        joined = ",".join(setting.value)
        if type_ == "text" and "[redacted:" not in joined:
            remedy = f'write {setting.name} = "{joined}"'
    if isinstance(setting.value, list) and type_ == "text":
        reason = "unknown type for string: " + reason
    return Problem("wrong_type", f"{setting.name}{place}: {reason}", setting.line, "refused", remedy, server.docs)
