"""A systemd unit that starts a Vault or OpenBao server: user, limits, names of variables that override the file.

SOURCE: systemd.exec(5), systemd.service(5); the variables: https://developer.hashicorp.com/vault/docs/configuration/seal
"""

from __future__ import annotations

from evidence.core.carriers.environment import SERVER_VARIABLES
from evidence.core.facts import Declared, Setting, UnitFacts
from seal_advisor.core.regex import regex

KIND = UnitFacts.KIND
TITLE = "systemd unit"
FORM = "unit"

_SERVICE = regex(r"(?m)^\[Service\][ \t]{0,8}$")
_STARTS_SERVER = regex(r"(?m)^ExecStart=.{0,400}\b(?:vault|bao)\b.{0,200}\bserver\b")
_VARIABLE = regex(r"(?:^|(?<=[\s\"']))([A-Za-z_][A-Za-z0-9_]{0,127})=")
_PRODUCT = regex(r"(?:VAULT|BAO)_")


def matches(head: str) -> bool:
    return bool(_SERVICE.search(head) and _STARTS_SERVER.search(head))


def parse(text: str, declared: Declared) -> UnitFacts:
    """Directives of the section; an empty assignment resets the directive, a backslash continues the line."""
    settings: dict[str, Setting] = {}
    overrides: dict[str, int] = {}
    section, pending, first = "", "", 0
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped[:1] in ("#", ";"):
            continue
        pending, first = (pending + " " + stripped, first) if pending else (stripped, number)
        if pending.endswith("\\"):
            pending = pending[:-1].rstrip()
            continue
        directive, pending = pending, ""
        if directive.startswith("["):
            section = directive.strip("[]")
        elif section == "Service" and "=" in directive:
            name, _, value = directive.partition("=")
            name, value = name.strip(), value.strip()
            if name == "Environment":
                names = _VARIABLE.findall(value)
                overrides.update((name, first) for name in names if _PRODUCT.match(name) or name in SERVER_VARIABLES)
            elif value:
                settings[name] = Setting(name, value, first)
            else:
                settings.pop(name, None)
    return UnitFacts(settings=settings, overrides=tuple(overrides.items()))
