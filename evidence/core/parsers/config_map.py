"""A Kubernetes ConfigMap (YAML or JSON) whose keys ending in .hcl or .json are a server's configuration."""

from __future__ import annotations

from evidence.core.carriers.embedded import CONFIG_MAP, is_server
from evidence.core.carriers.reading import facts
from evidence.core.facts import ConfigFacts, Declared
from evidence.core.sniff import is_json, is_yaml
from seal_advisor.core.regex import regex

KIND = ConfigFacts.KIND
TITLE = "Kubernetes ConfigMap with a server configuration"
FORM = "yaml"

_KIND = regex(r"(?m)^[ \t]{0,16}-?[ \t]{0,4}[\"']?kind[\"']?:[ \t]{0,4}[\"']?ConfigMap\b")
_KEY = regex(r"(?m)^[ \t]{0,16}[\"']?[\w.\-]{1,100}\.(?:hcl|json)[\"']?:")
_KIND_JSON = regex(r'"kind"[ \t]{0,4}:[ \t]{0,4}"ConfigMap"')
_KEY_JSON = regex(r'"[\w.\-]{1,100}\.(?:hcl|json)"[ \t]{0,4}:')
_ESCAPED = regex(r"\b(?:listener|storage|seal)\b[^{}\n]{0,80}\{")


def matches(head: str) -> bool:
    if is_json(head):
        kind, key = _KIND_JSON.search(head), _KEY_JSON.search(head)
    else:
        kind, key = (_KIND.search(head), _KEY.search(head)) if is_yaml(head) else (None, None)
    if kind is None or key is None:
        return False
    return is_server(head[key.end() :]) or bool(_ESCAPED.search(head, key.end()))


def parse(text: str, declared: Declared) -> ConfigFacts:
    """All server configurations of the ConfigMap together, as the server reads the folder they become."""
    return facts(text, declared, CONFIG_MAP)
