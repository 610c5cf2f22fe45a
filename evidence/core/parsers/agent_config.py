"""A configuration of Vault Agent or Vault Proxy (HCL or JSON). It configures no server, so it proves nothing about one.

Its templates may hold `{{ }}`, so it is read by its lines and not as a server's file.
SOURCE: https://developer.hashicorp.com/vault/docs/agent-and-proxy/agent
"""

from __future__ import annotations

from evidence.core.facts import AgentConfigFacts, Declared
from evidence.core.parsers import terraform
from evidence.core.sniff import is_json, is_yaml, top_keys
from seal_advisor.core.regex import regex

KIND = AgentConfigFacts.KIND
TITLE = "Vault Agent or Proxy configuration"
FORM = "hcl2"

_WORDS = "auto_auth|vault|cache|api_proxy|template|template_config|env_template|exec|listener|pid_file|telemetry"
_BLOCK = regex(rf"(?m)^({_WORDS})\b[^\n={{}}]{{0,200}}\{{")
_KEY = regex(rf'(?m)^[ \t]{{0,8}}"({_WORDS})"[ \t]{{0,4}}:')
_OWN = frozenset({"auto_auth", "template", "env_template", "template_config", "api_proxy", "cache", "vault"})
_SERVER = regex(r"(?m)^(?:storage|backend|ha_storage|seal)\b[^\n={}]{0,200}\{")


def matches(head: str) -> bool:
    if is_json(head):
        return bool(top_keys(head) & _OWN) and not top_keys(head) & {"storage", "seal"}
    if is_yaml(head) or _SERVER.search(head) or terraform.matches(head):
        return False
    return any(match.group(1) in _OWN for match in _BLOCK.finditer(head))


def parse(text: str, declared: Declared) -> AgentConfigFacts:
    """The kinds of its blocks, each with its line."""
    pattern = _KEY if is_json(text) else _BLOCK
    found = []
    line, position = 1, 0
    for match in pattern.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        found.append((match.group(1), line))
    return AgentConfigFacts(tuple(found))
