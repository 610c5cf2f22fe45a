"""Secrets in YAML: by key, in the configuration and the variables that it carries, in Kubernetes Secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from evidence.core.carriers import yaml_tree
from evidence.core.carriers.embedded import Embedded, configurations, masked, variables
from evidence.core.carriers.yaml_tree import Items, Table, Text, Tree, walk
from evidence.core.secret_names import CERTAIN, covers_all_below, judge
from evidence.core.spans import Span, is_secret, label

# The secrets of a server configuration (redaction's own finder, handed in because it uses this module).
InConfig = Callable[[str], Iterable[Span]]


def find(text: str, in_config: InConfig) -> Iterator[Span]:
    """The secrets of a YAML text. Raises Refused for YAML beyond the limits, HclError for a broken configuration."""
    documents = yaml_tree.read(text)
    for each in configurations(documents):
        if isinstance(each.node, Table):
            yield from _map(text, each.node)
        else:
            yield from _string(text, each, each.node, in_config)
    told: set[int] = set()
    for name, node in variables(documents):
        if node.value != name:
            told.add(node.start)
            yield variable(*inner(text, node), name, node.value)
    for document in documents:
        for node in _references(document):
            told.add(node.start)
            yield Span(*inner(text, node), "reference.secretKey", False, node.value, spread=False)
        yield from _by_key(text, document, told)


def variable(start: int, end: int, name: str, value: str) -> Span:
    """The value of an environment variable: it always goes; only one whose name says so is a secret elsewhere too."""
    secret = is_secret(name, value, judge(name))
    return Span(start, end, label(name if secret else f"environment.{name}"), False, value, spread=secret)


def _references(document: Tree) -> Iterator[Text]:
    """`secretKey: pin` beside a `secretName:` is the name of a key, though it looks like the key itself."""
    for _, node in walk(document):
        if isinstance(node, Table) and node.word("secretName"):
            key = node.get("secretKey")
            if isinstance(key, Text):
                yield key


def inner(text: str, node: Text) -> tuple[int, int]:
    """Where the value itself stands: between the quotes, or the lines of a block."""
    if node.style in ("'", '"'):
        return node.start + 1, max(node.start + 1, node.end - 1)
    if node.style not in ("|", ">"):
        return node.start, node.end
    start = text.find("\n", node.start) + 1 or node.end
    block = text[start : node.end]
    return start + len(block) - len(block.lstrip()), start + len(block.rstrip())


def _map(text: str, config: Table) -> Iterator[Span]:
    """A configuration as a map: judged by name and block, as the file would be."""
    pending: list[tuple[tuple[str, ...], Tree, bool]] = [((), config, False)]
    while pending:
        path, node, forced = pending.pop()
        if isinstance(node, Table):
            pending += [((*path, k.value), v, forced or covers_all_below(k.value)) for k, v in node.entries]
        elif isinstance(node, Items):
            pending += [(path, item, forced) for item in node.items]
        elif path:
            verdict = CERTAIN if forced else judge(path[-1], path[0])
            if is_secret(path[-1], node.meant, verdict):
                yield Span(*inner(text, node), label(".".join(path)), False, node.value)


def _string(text: str, each: Embedded, node: Text, in_config: InConfig) -> Iterator[Span]:
    """A configuration as a string: a block keeps its offsets; in a quoted one each value is looked for."""
    if node.style == "|":
        yield from in_config(masked(text, node))
        return
    start, end = inner(text, node)
    for span in in_config(node.value):
        place = text.find(span.value, start, end) if span.value else -1
        if place < 0:
            yield Span(start, end, label(each.where), False, span.value)
            return
        while place >= 0:
            yield Span(place, place + len(span.value), span.what, False, span.value)
            place = text.find(span.value, place + len(span.value), end)


def _by_key(text: str, document: Tree, told: set[int]) -> Iterator[Span]:
    for path, node in walk(document):
        if isinstance(node, Table) and node.word("kind") == "Secret":
            for name in ("data", "stringData"):
                below = node.get(name)
                for inside, value in walk(below) if below is not None else ():
                    if isinstance(value, Text) and value.value:
                        yield Span(*inner(text, value), label(".".join(("secret", *inside))), False, value.value)
        elif (
            isinstance(node, Text)
            and path
            and node.start not in told
            and is_secret(path[-1], node.meant, judge(path[-1]))
        ):
            yield Span(*inner(text, node), label(path[-1]), False, node.value)
