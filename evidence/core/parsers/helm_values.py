"""Helm values of the vault-helm and openbao charts, with the server's configuration in them."""

from __future__ import annotations

from evidence.core.carriers.embedded import HELM
from evidence.core.carriers.reading import facts
from evidence.core.facts import ConfigFacts, Declared
from evidence.core.sniff import is_yaml
from seal_advisor.core.regex import regex

KIND = ConfigFacts.KIND
TITLE = "Helm values with a server configuration"
FORM = "yaml"

_SERVER = regex(r"(?m)^[ \t]{0,8}server:[ \t\r]*(?:#.*)?$")
_MODE = regex(r"(?m)^[ \t]{1,12}(?:standalone|ha):[ \t\r]*(?:#.*)?$")
_CONFIG = regex(r"(?m)^[ \t]{2,16}config:(?=[ \t\r]*(?:\n|[|>\"'{]|#))")


def matches(head: str) -> bool:
    return is_yaml(head) and all(pattern.search(head) for pattern in (_SERVER, _MODE, _CONFIG))


def parse(text: str, declared: Declared) -> ConfigFacts:
    """The configuration that the chart would give to the server. Raises Refused."""
    return facts(text, declared, HELM)
