"""Where a server's configuration stands in YAML, and its tree with the lines of the outer file.

Helm values: `server.standalone.config`, `server.ha.config`, `server.ha.raft.config`, HCL or JSON in a string, or a map.
SOURCE: hashicorp/vault-helm values.yaml and templates/_helpers.tpl (which of the three is used).
ConfigMap: keys that end in .hcl or .json. bank-vaults: `kind: Vault`, `spec.config` as a map.
SOURCE: bank-vaults.dev/docs/operator.
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.core.carriers.yaml_tree import Items, Table, Text, Tree, walk
from seal_advisor.core import hcl
from seal_advisor.core.hcl_json import from_objects
from seal_advisor.core.record import Record
from seal_advisor.core.regex import regex

HELM, CONFIG_MAP, BANK_VAULTS = "Helm values", "ConfigMap", "bank-vaults resource"
_VISIBLE = regex(r"[^\n]")
_SERVER = regex(
    r'(?m)^[ \t]{0,64}(?:listener|storage|backend|ha_storage|seal)[ \t]{1,8}"?[\w-]{1,64}"?\s{0,32}\{'
    r'|"(?:listener|storage|backend|ha_storage|seal|api_addr)"\s{0,8}:'
    r"|^[ \t]{0,64}(?:api_addr|cluster_addr)[ \t]{0,32}="
)
_AGENT = regex(r'(?m)^[ \t]{0,64}(?:auto_auth|template|env_template)[ \t]{0,8}\{|"(?:auto_auth|template)"\s{0,8}:')


class Embedded(Record):
    """One configuration. carrier: what it stands in. where: path of keys. live: whether the chart would use it."""

    carrier: str
    where: str
    node: Text | Table
    live: bool = True


def configurations(documents: tuple[Tree, ...]) -> tuple[Embedded, ...]:
    """Every server configuration in the documents, in file order."""
    found: list[Embedded] = []
    for document in documents:
        for resource in _resources(document):
            kind = resource.word("kind")
            if kind == "ConfigMap":
                found += _config_map(resource)
            elif kind == "Vault":
                config = resource.get("spec", "config")
                found += [Embedded(BANK_VAULTS, "spec.config", config)] if isinstance(config, (Text, Table)) else []
            elif not kind:
                found += _helm(resource)
    return tuple(found)


def variables(documents: tuple[Tree, ...]) -> tuple[tuple[str, Text], ...]:
    """(name, value or name) of the environment variables that the chart or the resource gives to the server."""
    found: list[tuple[str, Text]] = []
    for document in documents:
        for path, node in walk(document):
            if path[-1:] == ("extraEnvironmentVars",) and isinstance(node, Table):
                found += [(key.value, value) for key, value in node.entries if isinstance(value, Text)]
            elif path[-1:] in (("extraSecretEnvironmentVars",), ("envsConfig",), ("vaultEnvsConfig",), ("env",)):
                found += _named(node)
    return tuple(found)


def _named(node: Tree) -> Iterator[tuple[str, Text]]:
    """`- name: X, value: Y` (Kubernetes) and `- envName: X, secretName: ...` (the chart)."""
    for item in node.items if isinstance(node, Items) else ():
        if isinstance(item, Table):
            name = item.get("name") or item.get("envName")
            value = item.get("value")
            if isinstance(name, Text):
                yield name.value, value if isinstance(value, Text) else name


def _resources(document: Tree) -> Iterator[Table]:
    """The document itself, or the items of a `kind: List`."""
    if not isinstance(document, Table):
        return
    items = document.get("items")
    if document.word("kind").endswith("List") and isinstance(items, Items):
        yield from (item for item in items.items if isinstance(item, Table))
    else:
        yield document


def _config_map(resource: Table) -> Iterator[Embedded]:
    data = resource.get("data")
    for key, value in data.entries if isinstance(data, Table) else ():
        if key.value.endswith((".hcl", ".json")) and isinstance(value, Text) and is_server(value.value):
            yield Embedded(CONFIG_MAP, f"data.{key.value}", value)


def is_server(text: str) -> bool:
    """Whether a text inside YAML is a server's configuration: not an agent's, not somebody else's."""
    return bool(_SERVER.search(text)) and not _AGENT.search(text)


def _helm(values: Table) -> Iterator[Embedded]:
    """The chart's own values, or those of a chart that has it as a part (`vault: server: ...`)."""
    for prefix, top in (("", values), *((f"{key.value}.", inner) for key, inner in values.entries)):
        server = top.get("server") if isinstance(top, Table) else None
        if not isinstance(server, Table):
            continue
        given: dict[str, Text | Table] = {}
        for path in (("standalone",), ("ha",), ("ha", "raft")):
            node = server.get(*path, "config")
            if isinstance(node, Table) or (isinstance(node, Text) and node.value.strip()):
                given[".".join(path)] = node
        used = _used(server, given)
        for path_, node in given.items():
            yield Embedded(HELM, f"{prefix}server.{path_}.config", node, path_ == used)


def _used(server: Table, given: dict[str, Text | Table]) -> str:
    """Which of the configurations the chart renders: its own order of modes; the only one where the mode has none."""
    ha, raft = server.word("ha", "enabled"), server.word("ha", "raft", "enabled")
    mode = "standalone" if ha != "true" else "ha.raft" if raft == "true" else "ha"
    if mode in given:
        return mode
    return next(iter(reversed(given)), "") if len(given) == 1 or ha == "true" else ""


def body_of(text: str, embedded: Embedded) -> hcl.Body:
    """The configuration's tree. text: the outer file. Raises HclError with a line of the outer file."""
    node = embedded.node
    if isinstance(node, Table):
        return from_objects(_table(node))
    if node.style == "|":
        return hcl.read(masked(text, node), product="openbao")
    try:
        return _moved(hcl.read(node.value, product="openbao"), node.line, node.column)
    except hcl.HclError as error:
        raise hcl.HclError(error.message, node.line, node.column, error.remedy) from None


def masked(text: str, node: Text) -> str:
    """The outer text with all but the block's lines blanked: every offset, line and column stays as it is."""
    start = text.find("\n", node.start) + 1 or node.end
    return f"{_VISIBLE.sub(' ', text[:start])}{text[start : node.end]}"


def _table(node: Table) -> hcl.Body:
    """A YAML mapping as the reader's tree. Recursion is bounded by the YAML reader's depth."""
    items = [hcl.Item((key.value,), _node(value), True, key.line, key.column) for key, value in node.entries]
    return hcl.Body(tuple(items), node.line, node.column)


def _node(node: Tree) -> hcl.Node:
    if isinstance(node, Table):
        return _table(node)
    if isinstance(node, Items):
        return hcl.Sequence(tuple(_node(item) for item in node.items), node.line, node.column)
    return hcl.Literal(node.meant, node.line, node.column)


def _moved(body: hcl.Body, line: int, column: int) -> hcl.Body:
    """The same tree with every place set to one: the lines of a quoted or folded text are not the file's lines."""
    items = tuple(hcl.Item(i.keys, _moved_node(i.value, line, column), i.assigned, line, column) for i in body.items)
    remarks = tuple(hcl.Remark(r.code, r.message, line, column) for r in body.remarks)
    return hcl.Body(items, line, column, remarks)


def _moved_node(node: hcl.Node, line: int, column: int) -> hcl.Node:
    if isinstance(node, hcl.Body):
        return _moved(node, line, column)
    if isinstance(node, hcl.Sequence):
        return hcl.Sequence(tuple(_moved_node(item, line, column) for item in node.items), line, column)
    return hcl.Literal(node.value, line, column)
