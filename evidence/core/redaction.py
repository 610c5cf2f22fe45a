"""Takes secrets out of a text before anything is kept: by name on the parsed tree, by name and shape on the raw text.

`redact(text, form)` -> Redacted: the same lines, each removed literal as `[redacted:NAME]`, the list of what was
removed, and (never to be stored) the values, so that they can be taken out of the other files of the same command.
Cost is linear in the length of the text; of a big one, only the lines that `prefilter` suspects are looked at exactly.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from importlib import import_module

from evidence.core import automaton, columns
from evidence.core.carriers import environment
from evidence.core.columns import Columns
from evidence.core.config_tree import tree
from evidence.core.facts import Redaction
from evidence.core.known_values import Values, known_spans
from evidence.core.secret_names import CERTAIN, HARMLESS, KEYWORDS, judge
from evidence.core.shapes import encoded, key_shares, spans
from evidence.core.spans import Span, is_secret, label
from seal_advisor.core.hcl import Body, Item, Literal, Node, Sequence
from seal_advisor.core.record import Record, replace
from seal_advisor.core.regex import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Big texts are searched by the automaton in pieces of about this many characters.
CHUNK = 1024 * 1024
MARK = regex(r"\[redacted:[^\]\n]{1,100}\]")

Regions = list[tuple[int, int]]


class Redacted(Record):
    """text: safe to keep. removed: what and where. secrets: the values, for the other files; never store them."""

    text: str
    removed: tuple[Redaction, ...]
    secrets: frozenset[str]


def redact(
    text: str,
    form: str,
    *,
    product: str = "openbao",
    known: frozenset[str] = frozenset(),
    regions: Regions | None = None,
    table: Columns | None = None,
) -> Redacted:
    """Removes every secret from a text.

    form: "config" (HCL or JSON of a server), "yaml", "environment" and "unit" (variables: every value goes), "json",
    "audit" (Vault's audit device), "xml", "hcl2" or "text". known: values found to be secret elsewhere. table: the
    columns of which this text is a later part; without it the text's own heading counts.
    Raises HclError when the tree of a configuration cannot be read, Refused for YAML beyond the limits.
    """
    if regions is None:
        regions = regions_of(text, form)
    found: list[Span] = []
    if form == "config":
        found += _config(text, product)
    elif form == "json":
        found += _reader("json_secrets").find(text)
    elif form == "audit":
        found += _within(text, regions, _reader("json_secrets").find_audit)
    elif form == "xml":
        found += _reader("xml_secrets").find(text)
    elif form == "yaml":
        found += _reader("carriers.secrets").find(text, lambda config: _config(config, product))
    elif form in ("environment", "unit"):
        found += _variables(text, form)
    elif form == "text":
        found += columns.cells(text, table)
    if regions:  # both begin with a line that is worth a look
        if form != "yaml":  # its own reader knows which document is the Secret
            found += _manifest(text)
        found += [Span(start, end, f"shape:{name}") for start, end, name in key_shares(text)]
    found += _within(text, regions, _shaped)
    found += _within(text, regions, _assignments)
    found = [span for span in found if not MARK.fullmatch(text[span.start : span.end])]
    secrets = known | {value for span in found if span.spread for value in _values(text, span)}
    found += _within(text, regions, partial(_encoded, secrets=secrets))
    found += known_spans(text, Values(secrets))
    return _apply(text, found, frozenset(secrets))


def _reader(name: str) -> Any:
    """A module that not every text needs, loaded by the first that does: `check` of one file must start at once."""
    return import_module(f"evidence.core.{name}")


def regions_of(text: str, form: str) -> Regions:
    """(start, end) of the whole lines that are worth an exact look; all of a small text, or of one without lines."""
    if len(text) < automaton.WORTH:
        return [(0, len(text))]
    found: Regions = []
    position = 0
    while position < len(text):
        end = text.rfind("\n", position, position + CHUNK) + 1 or text.find("\n", position + CHUNK) + 1 or len(text)
        chunk = text[position:end]
        lines: list[int] = _reader("prefilter").suspect_lines(chunk.encode(), audit=form == "audit")
        if lines:
            found += [(position + start, position + stop) for start, stop in _places(chunk, lines)]
        position = end
    return _joined(found, text)


def regions_at(text: str, lines: Iterable[int]) -> Regions:
    """The regions of lines that are known by their numbers, from 0 and in order."""
    return _joined(_places(text, lines), text) if lines else []


def _places(text: str, lines: Iterable[int]) -> Regions:
    starts = [*_line_starts(text), len(text)]
    return [(starts[line], starts[line + 1]) for line in lines]


def _joined(regions: Regions, text: str) -> Regions:
    """Neighbours as one; the secret half of an AWS pair stands within 240 characters, perhaps on the next lines."""
    found: Regions = []
    for start, stop in regions:
        last = stop
        if "AKIA" in text[start:stop] or "ASIA" in text[start:stop]:
            last = text.find("\n", stop + 240) + 1 or len(text)
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((start, last))
    return found


def _within(text: str, regions: Regions, find: Callable[[str], Iterable[Span]]) -> Iterator[Span]:
    """What a finder that looks no further than a line says about the regions, at its places in the whole text."""
    for start, end in regions:
        for span in find(text[start:end]):
            yield replace(span, start=span.start + start, end=span.end + start) if start else span


def _shaped(text: str) -> Iterator[Span]:
    return (Span(start, end, f"shape:{name}") for start, end, name in spans(text))


def _values(text: str, span: Span) -> Iterator[str]:
    """The removed value as written and as meant; a heredoc's lines one by one."""
    raw = text[span.start : span.end].strip()
    wholes = {raw, span.value.strip(), *(raw.splitlines() if "\n" in raw else ())}
    wholes |= {_reader("json_secrets").unescaped(f'"{whole}"') for whole in wholes if "\\" in whole}
    # The password of `user:password` (CloudHSM's PIN) and of an address is a secret by itself.
    inner = {match.group(1) for whole in wholes for match in _AFTER_USER.finditer(whole)}
    for value in wholes | inner:
        if len(value) >= 4 and "[redacted:" not in value and value.lower() not in _WORDS:
            yield value.strip()


_AFTER_USER = regex(r"(?:\A|//)[^\s:/@]{1,64}:([^\s:/@]{6,128})(?=@|\Z)")
# Words of the formats themselves; as a password they protect nothing, and removing them everywhere breaks every file.
_WORDS = frozenset(
    str.split("""
    true false null none root vault openbao default file raft consul shamir static transit pkcs11 awskms gcpckms ocikms
    alicloudkms azurekeyvault kmip seal listener storage password secret token pass test admin user info warn error
    debug config core local read write update delete list create allow deny type name path data auth request response
    version
    """)
)


def _variables(text: str, form: str) -> Iterator[Span]:
    """Every value that a file of variables or a unit sets."""
    values = environment.values_in_file(text) if form == "environment" else environment.values_in_unit(text)
    for start, end, name in values:
        value = text[start:end].strip("\"'")
        if value:
            yield _reader("carriers.secrets").variable(start, end, name, value)


# --- server configuration ---------------------------------------------------------------------------------------------


def _config(text: str, product: str) -> Iterator[Span]:
    body = tree(text, product)
    starts = _line_starts(text)
    for path, block, literal, forced in _literals(body):
        name = path[-1]
        verdict = CERTAIN if forced else judge(name, block)
        if not is_secret(name, literal.value, verdict):
            continue
        start, end, quoted = _literal_span(text, starts[literal.line - 1] + literal.column - 1)
        yield Span(start, end, label(".".join(path)), quoted, str(literal.value))


def _literals(body: Body) -> Iterator[tuple[tuple[str, ...], str, Literal, bool]]:
    """(path, kind of the top block, literal, below a secret's name) for every literal of the tree."""
    pending: list[tuple[tuple[str, ...], Node, bool]] = [((), body, False)]
    while pending:
        path, node, forced = pending.pop()
        if isinstance(node, Literal):
            yield path, path[0] if len(path) > 1 else "", node, forced
        elif isinstance(node, Sequence):
            pending += [(path, item, forced) for item in node.items]
        else:
            pending += [(*_below(path, item), forced) for item in node.items]


def _below(path: tuple[str, ...], item: Item) -> tuple[tuple[str, ...], Node]:
    return (*path, *item.keys), item.value


_STRING = regex(r'"((?:[^"\\\n]++|\\[^\n])*)"')
_HEREDOC = regex(r"<<-?(\w++)\r?\n")
_BARE = regex(r"[^\s,}\]]++")


def _literal_span(text: str, offset: int) -> tuple[int, int, bool]:
    """(start, end, whether the placeholder needs quotes) of what is between the quotes of the literal at offset."""
    match = _STRING.match(text, offset)
    if match:
        return *match.span(1), False
    match = _HEREDOC.match(text, offset)
    if match:
        position = match.end()
        while position < len(text):
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            if text[position:end].strip() == match.group(1):
                return match.end(), max(match.end(), position - 1), False
            position = end + 1
        return match.end(), len(text), False
    match = _BARE.match(text, offset)
    return *(match.span() if match else (offset, offset)), True


# --- any text ---------------------------------------------------------------------------------------------------------

_KEYWORD = regex(f"(?i){KEYWORDS}")
_NAME_LEFT = regex(r"[\w.\-]{0,64}\Z")
_NAME_RIGHT = regex(r"[\w.\-]{0,64}")
_ASSIGN = regex(r"(\\{0,8}[\"'])?[ \t]{0,16}(:=|=>|\\{0,4}=|:)[ \t]{0,16}(\\{0,8}[\"'`])?")
_UNQUOTED = regex(r"[^\s,;&)\]}\"'<>\\]++")
_DIGIT = regex(r"\d")
# Where a YAML block begins; the value is what follows, and without this mark the rest is no YAML any more.
_YAML_BLOCK = frozenset({"|", "|-", "|+"})


def _assignments(text: str) -> Iterator[Span]:
    """`name = value`, `name: value`, `"name": "value"` anywhere: comments, heredocs, log lines, JSON in a string."""
    done = 0
    for match in _KEYWORD.finditer(text):
        if match.start() < done:
            continue
        left = max(done, match.start() - 64)
        start = match.start()
        while start > left and (text[start - 1].isalnum() or text[start - 1] in "_.-"):
            start -= 1
        right = _NAME_RIGHT.match(text, match.end())
        end = right.end() if right else match.end()
        name = text[start:end].strip(".-")
        assign = _ASSIGN.match(text, end)
        if assign is None:
            continue
        verdict = judge(name.rpartition(".")[2])
        if verdict == HARMLESS:
            continue
        span = _assigned(text, name, assign, verdict)
        if span:
            done = span.end
            yield span


def _assigned(text: str, name: str, assign: re.Match[str], verdict: str) -> Span | None:
    quote = assign.group(3)
    start = assign.end()
    if quote:
        end = _closing(text, start, quote)
        value = text[start:end]
        prose = False
    else:
        match = _UNQUOTED.match(text, start)
        if match is None or match.group()[0] in "{[<":
            return None
        end, value = match.end(), match.group()
        if value in _YAML_BLOCK:
            return None
        prose = assign.group(2) == ":" and assign.group().endswith((" ", "\t"))
    if not is_secret(name.rpartition(".")[2], value, verdict):
        return None
    looks_secret = len(value) >= 20 or (len(value) >= 4 and bool(_DIGIT.search(value)))
    if prose and verdict != CERTAIN and not looks_secret:
        return None
    return Span(start, end, label(name), False, value, spread=looks_secret or (not prose and verdict == CERTAIN))


def _closing(text: str, start: int, quote: str) -> int:
    """Where the quoted value ends: at the same quote with the same number of backslashes, or at the end of the line."""
    position = start
    line_end = text.find("\n", start)
    line_end = len(text) if line_end < 0 else line_end
    while True:
        found = text.find(quote, position, line_end)
        if found < 0:
            return line_end
        if found == start or text[found - 1] != "\\" or (len(quote) == 1 and _even(text, start, found)):
            return found
        position = found + 1


def _even(text: str, start: int, found: int) -> bool:
    count = 0
    while found - 1 - count >= start and text[found - 1 - count] == "\\":
        count += 1
    return count % 2 == 0


_SECRET_MANIFEST = regex(r"(?m)^kind:[ \t]{1,8}[\"']?Secret[\"']?[ \t\r]{0,8}$")
_DATA_KEY = regex(r"([ \t]*+)(?:data|stringData):[ \t\r]*\Z")
_ENTRY = regex(r"[ \t]++([\w.\-/\"']{1,256}):[ \t]++(?![|>][+-]?[ \t\r]*\Z)(\S.*?)[ \t\r]*\Z")


def _manifest(text: str) -> Iterator[Span]:
    """Everything below data and stringData of a Kubernetes Secret in YAML, whatever its keys are called."""
    if "kind:" not in text or _SECRET_MANIFEST.search(text) is None:
        return
    offset, indent = 0, -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip())
        opened = _DATA_KEY.match(line)
        if opened:
            indent = len(opened.group(1))
        elif line.strip() and depth <= indent:
            indent = -1
        elif indent >= 0 and line.strip():
            entry = _ENTRY.match(line)
            if entry:
                yield Span(offset + entry.start(2), offset + entry.end(2), label(f"secret.{entry.group(1)}"))
            elif not line.rstrip().endswith((":", "|", ">", "|-", ">-")):
                yield Span(offset + depth, offset + len(line.rstrip()), "secret.data")
        offset += len(line) + 1


def _encoded(text: str, secrets: Iterable[str]) -> Iterator[Span]:
    """Base64 of something that holds a secret, by shape or by value."""
    values = [value for value in secrets if len(value) >= 6]
    for start, end, decoded in encoded(text):
        shape = next(spans(decoded), None)
        if shape:
            yield Span(start, end, f"base64:{shape[2]}")
        elif any(value in decoded for value in values):
            yield Span(start, end, "base64:known_secret")
        elif next(_assignments(decoded), None):
            yield Span(start, end, "base64:secret")


@lru_cache(maxsize=1024)
def safe_name(name: str) -> str:
    """The name of a file, or its path, without whatever in it is a secret: a token, `pin=1234`."""
    return redact(name, "text").text


def forget(text: str, values: Values) -> Redacted:
    """A text that is redacted already, without values that turned out to be secret later."""
    return _apply(text, list(known_spans(text, values)), frozenset())


# --- putting it together ----------------------------------------------------------------------------------------------


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer("\n", text))]


def _apply(text: str, found: list[Span], secrets: frozenset[str]) -> Redacted:
    """Overlapping spans become one, named after the first that was found; a placeholder keeps the line breaks."""
    if not found:
        return Redacted(text, (), secrets)
    ranked = sorted(enumerate(found), key=lambda pair: (pair[1].start, -pair[1].end, pair[0]))
    merged: list[tuple[int, Span]] = []
    for rank, span in ranked:
        if span.end <= span.start:
            continue
        if merged and span.start < merged[-1][1].end:
            before_rank, before = merged[-1]
            first = before if before_rank <= rank else span
            joined = replace(first, start=before.start, end=max(before.end, span.end))
            merged[-1] = (min(rank, before_rank), joined)
        else:
            merged.append((rank, span))
    starts = _line_starts(text)
    pieces: list[str] = []
    removed: list[Redaction] = []
    position = 0
    for _, span in merged:
        mark = f"[redacted:{span.what}]"
        pieces += [text[position : span.start], f'"{mark}"' if span.quoted else mark]
        pieces.append("\n" * text.count("\n", span.start, span.end))
        removed.append(Redaction(bisect_right(starts, span.start), span.what))
        position = span.end
    pieces.append(text[position:])
    return Redacted("".join(pieces), tuple(removed), secrets)
