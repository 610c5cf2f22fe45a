"""The one door for files from outside: limits, kind, refusal, redaction, facts. In that order, once.

    intake(name, data, declared=...) -> Artefact, or Refused (reason, remedy, line, HTTP status)

Facts are read from the redacted text, so no parser can leak what it never saw. Nothing is written anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module

from evidence.core import json_text, sniff
from evidence.core.digest import sha256
from evidence.core.facts import Artefact, Declared, Redaction
from evidence.core.parsers import Parser, parser_for
from evidence.core.redaction import Redacted, Regions, redact, regions_of, safe_name
from evidence.core.refusal import Refused
from evidence.core.shapes import has_private_key, spans
from seal_advisor.core import hcl
from seal_advisor.core.hcl import MAX_BYTES as CONFIG_BYTES
from seal_advisor.core.hcl import HclError
from seal_advisor.core.record import Record, replace
from seal_advisor.core.regex import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["Declared", "Refused", "intake", "intake_all", "read_whole", "safely"]

TEXT_BYTES = 64 * 1024 * 1024
DOCUMENT_BYTES = 32 * 1024 * 1024
LINE_BYTES = 64 * 1024
NAME_LENGTH = 255
SHORTEST_KEY = 16  # characters of an unseal key or a root token

ROTATE = "rotate these keys now, and hand in `status -format=json` instead"


class _Taken(Record):
    """An artefact with the secrets found in it, which live no longer than the command."""

    artefact: Artefact
    secrets: frozenset[str]


def intake(
    name: str, data: bytes | BinaryIO, *, declared: Declared | None = None, found: set[str] | None = None
) -> Artefact:
    """One file, redacted and read.

    name: base name. found: takes the values that turned out to be secret, for other files; never store them.
    Raises Refused when the file must not be kept or cannot be understood.
    """
    content = read_whole(data)
    try:
        taken = _take(name, content, declared or Declared())
    except Refused:
        if found is not None:
            found |= _init_values(content)
        raise
    if found is not None:
        found |= taken.secrets
    return taken.artefact


def intake_all(
    items: Iterable[tuple[str, bytes | BinaryIO, Declared | None]], found: set[str] | None = None
) -> tuple[Artefact, ...]:
    """Several files of one command; a value found to be a secret in one is removed from all of them.

    A file that is refused stands in the result as kind "refused" with `error`; the others are taken. found: takes
    these values, for files of the same command that are too large to stand here. Never store them.
    """
    given = [(name, read_whole(data), declared or Declared()) for name, data, declared in items]
    taken: list[_Taken] = []
    for name, data, declared in given:
        try:
            taken.append(_take(name, data, declared))
        except Refused as refused:
            taken.append(_Taken(refused_artefact(name, data, str(refused), declared), _init_values(data)))
    secrets = frozenset().union(*(each.secrets for each in taken))
    if found is not None:
        found |= secrets
    found_out: list[Artefact] = []
    for each, (name, data, declared) in zip(taken, given, strict=True):
        try:
            found_out.append(_without(each, secrets, declared))
        except Refused as refused:
            why = f"without a secret that another file gives away it cannot be read: {refused}"
            found_out.append(refused_artefact(name, data, why, declared))
    return tuple(found_out)


def refused_artefact(name: str, data: bytes, error: str, declared: Declared | None = None) -> Artefact:
    """What stands in a list for a file that was not taken in: its name, hash and the reason, no content."""
    about = declared or Declared()
    shown = safe_name("".join(c if c.isprintable() else "?" for c in name)[:NAME_LENGTH])
    digest = sha256(data)
    return Artefact(shown, digest, len(data), "refused", error=error, node=about.node, source=about.source)


def safely(declared: Declared) -> Declared:
    """What the collector says, without a secret: a source may be the very command, with its token."""
    node, version = declared.node, declared.version
    return replace(
        declared,
        node=safe_name(node) if node else node,
        source=safe_name(declared.source) if declared.source else "",
        version=safe_name(version) if version else version,
    )


def read_whole(data: bytes | BinaryIO) -> bytes:
    """The bytes, reading no further than the largest file that is taken."""
    if isinstance(data, bytes):
        return data
    return data.read(TEXT_BYTES + 1)


def _take(name: str, data: bytes | BinaryIO, declared: Declared) -> _Taken:
    check_name(name)
    content = read_whole(data)
    if not content.strip():
        raise Refused("the file is empty", "hand in the complete output of the command")
    if sniff.document(content):
        return _Taken(_document(name, content, declared), frozenset())
    if content.startswith(sniff.UTF16):
        raise Refused("the file is UTF-16", "save it as UTF-8", 1)
    binary = sniff.never_read(content)
    if binary:
        raise Refused(f"this is {binary}, which is not read", "hand in the text file itself, unpacked", status=415)
    text = _decode(name, content)
    head = text[: sniff.HEAD]
    parser = _parser(head)
    if parser and parser.lines and (sniff.is_json_lines(head) or not sniff.is_json(head)):
        _check_lines(content)
    regions = regions_of(text, parser.form if parser else "text")
    refuse_outright(text, parser, regions)
    form = _form(name, text, parser)
    found = _redacted(text, form, regions)
    if parser is None and form == "config":
        _refuse_repeated(found.text, declared)
    kind, facts = _read(parser, found.text, declared)
    return _Taken(_artefact(name, content, kind, found.text.encode(), facts, found.removed, declared), found.secrets)


def _parser(head: str) -> Parser | None:
    """The parser of this text; a configuration inside YAML (Helm values, a ConfigMap) is not one by itself."""
    parser = parser_for(head)
    return None if parser and parser.form == "config" and sniff.is_yaml(head) else parser


def check_name(name: str) -> None:
    """Refuses a name that is no plain base name: no folder, no control or direction mark."""
    if not name or name in (".", "..") or len(name) > NAME_LENGTH or "/" in name or "\\" in name:
        raise Refused(f"the file name {_shown(name)} is no plain file name", "name the file without any folder")
    if not name.isprintable() and _has_invisible(name):
        raise Refused(f"the file name {_shown(name)} holds invisible characters", "rename the file")


def _has_invisible(name: str) -> bool:
    category = import_module("unicodedata").category  # a table of all characters, which few names need
    return any(category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in name)


def _shown(name: str) -> str:
    return ascii(safe_name(name)[:80])


def _document(name: str, content: bytes, declared: Declared) -> Artefact:
    """A PDF or an image: kept as it is, so it must not visibly hold a secret, because none could be removed."""
    if len(content) > DOCUMENT_BYTES:
        limit = DOCUMENT_BYTES // 2**20
        raise Refused(f"the document is larger than {limit} MiB", "hand in the pages that matter", status=413)
    text = content.decode("latin-1")
    if has_private_key(text) is not None or next(spans(text), None):
        raise Refused("a secret stands in this document and cannot be removed from it", "remove it, then rotate it")
    return _artefact(name, content, "document", content, None, (), declared)


def _decode(name: str, content: bytes) -> str:
    """Strict UTF-8; a byte order mark is taken off evidence in JSON, CSV or text, and refused for a configuration."""
    if len(content) > TEXT_BYTES:
        raise Refused(
            f"the file is larger than {TEXT_BYTES // 2**20} MiB", "hand in the period that matters", status=413
        )
    body = content.removeprefix(sniff.UTF8_BOM)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise Refused(f"byte 0x{body[error.start]:02x} is not UTF-8", "save the file as UTF-8", line) from None
    if body is not content and (name.lower().endswith(".hcl") or sniff.is_server_config(text[: sniff.HEAD])):
        raise Refused("the file starts with a byte order mark, which the server refuses", "save it without BOM", 1)
    return text


def _check_lines(content: bytes) -> None:
    """Refuses a log with a line beyond the limit; looks at one place in 64 KiB."""
    start = 0
    while len(content) - start > LINE_BYTES:
        cut = content.rfind(b"\n", start, start + LINE_BYTES + 1)
        if cut < 0:
            number = content.count(b"\n", 0, start) + 1
            raise Refused(f"a line of more than {LINE_BYTES // 1024} KiB", "hand in the log as written", number, 413)
        start = cut + 1


_INIT_TEXT = regex(
    r"(?im)^[ \t]{0,16}(?:(?:unseal|recovery) key \d{1,3}:|initial root token:)[ \t]{0,16}\S"
    r"|^(?:unseal_keys_(?:b64|hex)|recovery_keys_(?:b64|hex|base64)|root_token):"
    r"|^Key \d{1,3}: [A-Za-z0-9+/]{40}"
)
_INIT_KEYS = (
    "unseal_keys_b64", "unseal_keys_hex", "recovery_keys_b64", "recovery_keys_hex", "recovery_keys_base64",
    "keys_base64",
)  # fmt: skip
_INIT_VALUE = regex(
    r"(?im)^[ \t]{0,16}(?:(?:unseal |recovery )?key \d{1,3}|initial root token|root_token):[ \t]{0,16}(\S{1,200})"
)
_INIT_HINT = regex(r'"(?:root_token|unseal_keys_|recovery_keys_|keys_base64)')


def refuse_outright(text: str, parser: Parser | None, regions: Regions) -> None:
    """What is never stored, whatever else is in the file: private keys, the output of `operator init`."""
    offset = has_private_key(text, regions)
    if offset is not None:
        line = text.count("\n", 0, offset) + 1
        raise Refused("a private key stands in this file", "hand in the certificate only, and replace this key", line)
    head = text[: sniff.HEAD]
    if sniff.is_xml(head) and "<!ENTITY" in text:
        line = text.count("\n", 0, text.index("<!ENTITY")) + 1
        raise Refused("the XML declares entities, which are never expanded", "hand in the tool's own output", line)
    if sniff.is_json(head) and not sniff.is_json_lines(head):
        if _INIT_HINT.search(text) and _is_init(text):
            raise Refused("this is the output of `operator init`: unseal keys or a root token", ROTATE)
    elif parser is None:
        match = _INIT_TEXT.search(text)
        if match:
            line = text.count("\n", 0, match.start()) + 1
            raise Refused("this is the output of `operator init`: unseal keys or a root token", ROTATE, line)


def _is_init(text: str) -> bool:
    return next(_init_of(text, lists=True), None) is not None


def _init_of(text: str, *, lists: bool = False) -> Iterator[object]:
    """Root tokens and keys, wherever in the documents. lists: also a list without any key stands for them."""
    try:
        pending: list[object] = [document for _, document in json_text.documents(text)]
    except Refused:
        if lists:
            raise
        return
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            if isinstance(item.get("root_token"), str):
                yield item["root_token"]
            for keys in (item[name] for name in _INIT_KEYS if isinstance(item.get(name), list)):
                yield from [keys] if lists else keys
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)


def _init_values(content: bytes) -> frozenset[str]:
    """The keys and the root token in the output of `operator init`, which other files may hold too; else none."""
    text = content.decode("utf-8", "replace")
    found: set[object] = set()
    if sniff.is_json(text[: sniff.HEAD]):
        if _INIT_HINT.search(text):
            found = set(_init_of(text))
    else:
        found = {match.group(1) for match in _INIT_VALUE.finditer(text)}
    return frozenset(each for each in found if isinstance(each, str) and len(each) >= SHORTEST_KEY)


def _form(name: str, text: str, parser: Parser | None) -> str:
    """How to redact; also refuses a .hcl or .json that is neither, before its kind matters."""
    head, suffix = text[: sniff.HEAD], name.lower().rpartition(".")[2]
    config = (
        (suffix == "hcl" and not (parser and parser.form == "hcl2"))
        or (parser is None and sniff.is_server_config(head) and not sniff.is_yaml(head))
        or bool(parser and parser.form == "config")
    )
    if config:
        if len(text.encode()) > CONFIG_BYTES:
            limit = CONFIG_BYTES // 1024
            raise Refused(
                f"a configuration of more than {limit} KiB is not read", "hand in the server's own file", status=413
            )
        if not (sniff.is_json(head) and parser and parser.form != "config"):
            return "config"
    if parser:
        if parser.form == "json" and not sniff.is_json_lines(head):
            json_text.check_depth(text)
        return parser.form
    if sniff.is_json(head) and (suffix == "json" or not sniff.is_json_lines(head)):
        json_text.load(text)
    elif suffix == "json":
        raise Refused("the file is named .json and is no JSON", "hand in the tool's own output", 1)
    if suffix in ("yaml", "yml"):
        import_module("evidence.core.carriers.yaml_tree").check(text)  # few files are YAML
    if sniff.is_json(head):
        return "json"
    return "xml" if sniff.is_xml(head) else "text"


def _redacted(text: str, form: str, regions: Regions) -> Redacted:
    """Redaction, or Refused: a file that cannot be redacted is not taken."""
    try:
        return redact(text, form, product="openbao", regions=regions)
    except HclError as error:
        raise Refused(error.message, error.remedy or "hand in the server's own file", error.line) from None


def _refuse_repeated(text: str, declared: Declared) -> None:
    """Refused where Vault refuses: a configuration too small to be known by its keys may still name one twice."""
    try:
        hcl.read(text, product=declared.product or "vault")
    except HclError as error:
        raise Refused(error.message, error.remedy or "hand in the server's own file", error.line) from None


def _read(parser: Parser | None, text: str, declared: Declared) -> tuple[str, object | None]:
    if parser is None:
        return "opaque", None
    return parser.kind, parser.parse(text, declared)


def _artefact(
    name: str,
    original: bytes,
    kind: str,
    content: bytes,
    facts: object | None,
    removed: tuple[Redaction, ...],
    declared: Declared,
) -> Artefact:
    return Artefact(
        name=safe_name(name),
        sha256=sha256(original),
        size=len(original),
        kind=kind,
        content=content,
        facts=facts,
        redactions=removed,
        node=declared.node,
        observed_from=declared.observed_from,
        observed_to=declared.observed_to,
        source=declared.source,
    )


def _without(taken: _Taken, secrets: frozenset[str], declared: Declared) -> Artefact:
    """The artefact without the secrets that other files gave away; read again when that changed its text."""
    artefact = taken.artefact
    foreign = secrets - taken.secrets
    if not foreign or artefact.kind in ("refused", "document"):
        return artefact
    text = artefact.content.decode()
    found = redact(text, "text", known=foreign)
    if not found.removed:
        return artefact
    _, facts = _read(_parser(found.text[: sniff.HEAD]), found.text, declared)
    removed = tuple(sorted((*artefact.redactions, *found.removed), key=lambda each: each.line))
    return replace(artefact, content=found.text.encode(), facts=facts, redactions=removed)
