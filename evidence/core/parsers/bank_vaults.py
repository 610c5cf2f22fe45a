"""A bank-vaults resource (`kind: Vault`), whose `spec.config` is the server's configuration as a map.

SOURCE: bank-vaults.dev/docs/operator.
"""

from __future__ import annotations

from evidence.core.carriers.embedded import BANK_VAULTS
from evidence.core.carriers.reading import facts
from evidence.core.facts import ConfigFacts, Declared
from evidence.core.sniff import is_yaml
from seal_advisor.core.regex import regex

KIND = ConfigFacts.KIND
TITLE = "bank-vaults resource with a server configuration"
FORM = "yaml"

_KIND = regex(r"(?m)^kind:[ \t]{1,4}[\"']?Vault[\"']?[ \t\r]*(?:#.*)?$")
_CONFIG = regex(r"(?m)^[ \t]{1,8}config:")


def matches(head: str) -> bool:
    return is_yaml(head) and bool(_KIND.search(head) and _CONFIG.search(head))


def parse(text: str, declared: Declared) -> ConfigFacts:
    """The configuration that the operator writes for the server. Raises Refused."""
    return facts(text, declared, BANK_VAULTS)
