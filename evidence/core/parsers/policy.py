"""An ACL policy of Vault or OpenBao: paths and what they grant. It may hold `{{identity...}}`, so it is read by lines.

SOURCE: https://developer.hashicorp.com/vault/docs/concepts/policies
"""

from __future__ import annotations

from evidence.core.facts import Declared, PolicyFacts, PolicyRule
from evidence.core.parsers import terraform
from evidence.core.sniff import is_json, is_yaml, top_keys
from seal_advisor.core.regex import regex

KIND = PolicyFacts.KIND
TITLE = "ACL policy"
FORM = "hcl2"

_PATH = regex(r'(?m)^[ \t]{0,32}"?path"?[ \t]{1,8}"([^"\n]{0,400})"\s{0,8}\{')
_JSON_PATH = regex(r'"([^"\n]{1,400})"\s{0,16}:\s{0,16}\{\s{0,32}"capabilities"')
_CAPABILITIES = regex(r'"?\bcapabilities"?\s{0,8}[=:]\s{0,8}\[([^\]]{0,2000})\]')
_WORD = regex(r'"([a-z]{1,20})"')


def matches(head: str) -> bool:
    if is_json(head):
        return top_keys(head) == {"path"} and "capabilities" in head
    if is_yaml(head) or terraform.matches(head):  # code often holds a policy in a heredoc
        return False
    return bool(_PATH.search(head)) and bool(_CAPABILITIES.search(head))


def parse(text: str, declared: Declared) -> PolicyFacts:
    """The rules in file order; a path without capabilities grants nothing here."""
    starts = list((_JSON_PATH if is_json(text) else _PATH).finditer(text))
    rules = []
    line, position = 1, 0
    for number, match in enumerate(starts):
        line += text.count("\n", position, match.start())
        position = match.start()
        end = starts[number + 1].start() if number + 1 < len(starts) else len(text)
        granted = _CAPABILITIES.search(text, match.start(), end)
        words = tuple(_WORD.findall(granted.group(1))) if granted else ()
        rules.append(PolicyRule(match.group(1), words, line))
    return PolicyFacts(tuple(rules))
