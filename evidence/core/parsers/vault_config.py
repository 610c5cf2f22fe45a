"""A server configuration of Vault or OpenBao (HCL 1 or JSON): facts, and everything the server itself would object to.

The text is the redacted one: a literal secret reads `[redacted:NAME]` and counts as present.
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.core.config_tree import tree
from evidence.core.facts import ConfigFacts, Declared, Problem, Setting, Stanza
from evidence.core.refusal import Refused
from evidence.core.server_rules.general import general_problems
from evidence.core.server_rules.listener import listener_problems
from evidence.core.server_rules.schema import (
    INNER_BLOCKS,
    OPENBAO_LISTENER_MARKS,
    OPENBAO_MARKS,
    OPENBAO_SEAL_MARKS,
    OPENBAO_SEALS,
    top_blocks,
)
from evidence.core.server_rules.seal import seal_problems
from evidence.core.server_rules.server import Server
from evidence.core.server_rules.storage import storage_problems
from evidence.core.sniff import is_json, is_server_config, is_yaml, top_keys
from seal_advisor.core import hcl
from seal_advisor.core.record import replace

KIND = ConfigFacts.KIND
TITLE = "Vault or OpenBao server configuration"
FORM = "config"

_AGENT = frozenset({"auto_auth", "api_proxy", "cache", "template", "env_template"})
# Blocks of an agent or a proxy, and of Terraform; the latter's `resource` and `data` have two labels.
_OTHERS = _AGENT | {"template_config", "vault", "terraform", "provider", "variable", "module", "output", "locals"}
_LABELLED_TWICE = frozenset({"resource", "data"})
_REMOVED = "[redacted:"
_EXACT = frozenset({"seal", "kms", "hsm", "storage", "backend", "ha_storage", "ha_backend"})
_HEAD = 64 * 1024


def matches(head: str) -> bool:
    """Whether the first 64 KiB of a text look like a server configuration; its name says nothing."""
    head = head[:_HEAD].lstrip("\ufeff")
    if is_yaml(head):
        return False
    if not is_server_config(head):
        return False
    return not (top_keys(head) & _AGENT if is_json(head) else any(map(_opens_another, head.split("\n"))))


def _opens_another(line: str) -> bool:
    """Whether a block of another program begins in this line."""
    opening, brace, _ = line.partition("{")
    words = opening.replace('"', " ").split()
    if not brace or not words or "=" in opening:
        return False
    return words[0] in _OTHERS or (words[0] in _LABELLED_TWICE and opening.count('"') == 4)


def parse(text: str, declared: Declared) -> ConfigFacts:
    """The facts of a redacted configuration.

    declared.product, declared.version: from the command line or implied by the answers (product_basis says which);
    without them the product is derived from keys that only OpenBao has, else it is Vault.
    Raises Refused (with the line) for text that neither server reads.
    """
    try:
        body = tree(text, "openbao")
    except hcl.HclError as error:
        raise Refused(error.message, error.remedy, error.line) from error
    return facts_of(body, declared)


def facts_of(
    body: hcl.Body,
    declared: Declared,
    *,
    carrier: str = "",
    environment: tuple[tuple[str, int], ...] = (),
    found: tuple[Problem, ...] = (),
) -> ConfigFacts:
    """The facts of a tree, wherever it stood. found: problems of the carrier itself. Raises Refused as `parse` does."""
    root = _stanza("", (), body, 1)
    product, basis = _derive(root) if declared.product is None else (declared.product, declared.product_basis)
    server = Server(product, declared.version)
    problems = [*found, *_remarks(body, server), *_judge(root, server)]
    problems.sort(key=lambda problem: (problem.line or 0, problem.code, problem.message))
    accepts = all(problem.effect != "refused" for problem in problems)
    return ConfigFacts(root, product, basis, declared.version, accepts, tuple(problems), carrier, environment)


def for_version(config: ConfigFacts, version: str) -> ConfigFacts:
    """The same configuration, judged as that version of its product would; what the reader noticed stays."""
    product = config.product or "vault"
    before = tuple(_judge(config.root, Server(product, config.version)))
    noticed = [problem for problem in config.problems if problem not in before]
    problems = [*noticed, *_judge(config.root, Server(product, version))]
    problems.sort(key=lambda problem: (problem.line or 0, problem.code, problem.message))
    accepts = all(problem.effect != "refused" for problem in problems)
    return replace(config, version=version, server_accepts=accepts, problems=tuple(problems))


def _judge(root: Stanza, server: Server) -> Iterator[Problem]:
    yield from general_problems(root, server)
    yield from storage_problems(root, server)
    yield from seal_problems(root, server)
    for listener in root.stanzas:
        if listener.kind == "listener":
            yield from listener_problems(listener, server)


def _remarks(body: hcl.Body, server: Server) -> Iterator[Problem]:
    """What the reader noticed: Vault refuses the file over a repeated name, OpenBao reads the last one."""
    for remark in body.remarks:
        if remark.code == "duplicate" and server.product == "vault":
            raise Refused(remark.message, "keep one of the two", remark.line)
        message = remark.message
        if remark.code == "duplicate":
            message += "; OpenBao reads on and uses the last one"
        yield Problem(remark.code, message, remark.line, "ignored", "keep one of the two", server.docs)


def _derive(root: Stanza) -> tuple[str, str]:
    """(product, basis) from what stands in the file."""
    found = {stanza.kind for stanza in root.stanzas if stanza.kind in OPENBAO_MARKS}
    found |= root.settings.keys() & OPENBAO_MARKS
    for stanza in root.stanzas:
        if stanza.kind == "listener":
            found |= stanza.settings.keys() & OPENBAO_LISTENER_MARKS
        if stanza.kind == "seal":
            found |= stanza.settings.keys() & OPENBAO_SEAL_MARKS
            if stanza.label.lower() in OPENBAO_SEALS:
                found.add(f'seal "{stanza.label}"')
    if found:
        return "openbao", "keys: " + ", ".join(sorted(found))
    return "vault", "default: no key that only OpenBao has"


def _stanza(kind: str, labels: tuple[str, ...], body: hcl.Body, line: int) -> Stanza:
    """The tree as facts. Recursion is bounded by the reader's depth."""
    settings: dict[str, Setting] = {}
    stanzas: list[Stanza] = []
    blocks = INNER_BLOCKS if kind else top_blocks("vault") | top_blocks("openbao")
    for item in body.items:
        # The decoder matches settings without regard to case; top-level blocks, seal and storage keys it does not.
        exact = kind in _EXACT or (not kind and not item.assigned)
        name = item.name if exact else item.name.lower()
        for inner, inner_labels in _bodies(item, name in blocks):
            stanzas.append(_stanza(name, inner_labels, inner, item.line))
        if item.assigned and not (name in blocks and _bodies(item, True)):
            settings[name] = _setting(name, item.value)
    label = labels[0] if labels else ""
    return Stanza(kind, label, line, settings, tuple(stanzas), labels)


def _bodies(item: hcl.Item, is_block: bool) -> list[tuple[hcl.Body, tuple[str, ...]]]:
    """The blocks of an item: `name "label" { }`, or `name = { }` and `name = [{ }]` where the name is a block's."""
    if not item.assigned:
        return [(item.value, item.labels)] if isinstance(item.value, hcl.Body) else []
    if not is_block:
        return []
    if isinstance(item.value, hcl.Body):
        return [(item.value, ())]
    if isinstance(item.value, hcl.Sequence) and item.value.items:
        bodies = [each for each in item.value.items if isinstance(each, hcl.Body)]
        if len(bodies) == len(item.value.items):
            return [(each, ()) for each in bodies]
    return []


def _setting(name: str, node: hcl.Node) -> Setting:
    value = hcl.plain(node)
    removed = isinstance(value, str) and value.startswith(_REMOVED)
    return Setting(name, value, node.line, node.column, removed)
