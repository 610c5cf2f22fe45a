"""What `check` and `package` read: evidence, the files that steer a command, and the options about both.

Every function that reads an option takes `given` (see `options.split`) and raises UsageError for a wrong value.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module

from evidence.commands.options import UsageError, nearest
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, Declared
from evidence.core.redaction import safe_name
from evidence.core.sniff import archive
from evidence.core.upload import TEXT_BYTES, Refused, intake_all, refused_artefact
from seal_advisor.core.record import replace
from seal_advisor.core.regex import regex

PRODUCTS = ("vault", "openbao")
MAX_FILES = 2_000
FIRST_YEAR = 1970
SIDE_FILE_BYTES = 16 * 1024 * 1024
COLLECTOR = "seal-advisor check"
_VERSION = regex(r"v?[0-9]{1,4}(?:\.[0-9]{1,4}){0,2}(?:[-+][0-9A-Za-z.+-]{1,40})?")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from evidence.commands.packed import Unpacked

    T = TypeVar("T")


def nodes_of(given: dict[str, list[str]]) -> dict[str, str]:
    """Path -> node."""
    nodes: dict[str, str] = {}
    for word in given.get("--node", []):
        name, equals, path = word.partition("=")
        if not (name and equals and path):
            raise UsageError(f"--node {word!r}; write --node NAME=PATH")
        if nodes.setdefault(path, name) != name:
            raise UsageError(f"--node {word!r}: this path comes from {nodes[path]!r} already")
    return nodes


def settings_of(given: dict[str, list[str]]) -> Settings:
    now = _now()
    if "--observed" not in given:
        return Settings(now)
    word = given["--observed"][0]
    begin, _, end = word.partition("/")
    try:
        observed_from, observed_to = _moment(begin, at_end=False), _moment(end, at_end=True)
    except ValueError:
        raise UsageError(f"--observed {word!r}; write FROM/TO such as 2026-07-01/2026-09-30") from None
    if observed_from > observed_to:
        raise UsageError(f"--observed {word!r}: FROM is after TO")
    return Settings(now, observed_from, observed_to)


def _now() -> datetime:
    """The clock, or the moment at which SOURCE_DATE_EPOCH stops it."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return datetime.now(UTC).replace(microsecond=0)  # a package names its moments to the second
    try:
        moment = datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        moment = None
    if moment is None or moment.year < FIRST_YEAR:
        raise UsageError(f"SOURCE_DATE_EPOCH={epoch[:40]!r}; write whole seconds since 1970")
    return moment


def _moment(word: str, *, at_end: bool) -> datetime:
    """A day (its first or last moment) or a time; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(word)
    if at_end and len(word) == len("2026-09-30"):
        moment += timedelta(days=1) - timedelta(microseconds=1)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def declared_of(given: dict[str, list[str]], demands: Demands, settings: Settings) -> Declared:
    """What holds for every file of this command: the product, declared or implied by the answers, and the period."""
    named = product_of(given)
    product, version = named or (demands.product, demands.version)
    return Declared(
        product=product,
        version=version,
        observed_from=settings.observed_from,
        observed_to=settings.observed_to,
        source=COLLECTOR,
        product_basis="declared" if named else "answers",
    )


def product_of(given: dict[str, list[str]]) -> tuple[str, str | None] | None:
    """(product, its version or None) as --product names them; None without it."""
    if "--product" not in given:
        return None
    word = given["--product"][0]
    product, colon, version = word.partition(":")
    if product not in PRODUCTS:
        raise UsageError(f"--product {product!r}; {nearest(product, PRODUCTS)}")
    if colon and not _VERSION.fullmatch(version):
        raise UsageError(f"--product {word!r}: no version; write --product {product}:2.7")
    return product, version or None


def side(given: dict[str, list[str]], name: str, reader: Callable[[str], tuple[T, ...]]) -> tuple[T, ...]:
    """The waivers or attestations of a TOML file, empty when none was named. reader raises ValueError."""
    if name not in given:
        return ()
    path = given[name][0]
    try:
        return reader(side_text(path))
    except ValueError as error:
        raise UsageError(f"{shown(path)}: {error}") from None


def side_text(path: str) -> str:
    """Text of a file that steers the command; whatever is wrong with it ends the command with exit 2."""
    try:
        with open(path, "rb") as stream:
            data = stream.read(SIDE_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{shown(path)}: {error.strerror or 'cannot be read'}") from None
    if len(data) > SIDE_FILE_BYTES:
        raise UsageError(f"{shown(path)}: larger than {SIDE_FILE_BYTES // 2**20} MiB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{shown(path)}: line {line}: not UTF-8; save the file as UTF-8") from None


def read(
    paths: list[str], nodes: dict[str, str], declared: Declared, now: datetime, *, facts_only: bool = False
) -> tuple[Artefact, ...]:
    """Every file below the paths, taken in together; one that cannot be read stands as "refused" with its error.

    The artefacts carry the path as it was given, so that two nodes' files of one name stay apart. facts_only: nobody
    needs the content, so a log of gigabytes is read as a stream and only its facts stay.
    """
    entries: list[tuple[str, bytes | Artefact | Unpacked, Declared, str | None]] = []
    for path in dict.fromkeys(map(_on_disk, paths)):
        whole = os.path.isdir(path)
        for file in _files(path):
            about = replace(declared, node=nodes.get(path) or _node_above(file, nodes))
            folder = shown(os.path.dirname(file)) if whole else None
            entries.append((file, _content(file, about, facts_only), about, folder))
    secrets: set[str] = set()
    taken = iter(intake_all(_waiting(entries), secrets))
    artefacts: list[Artefact] = []
    for file, data, about, folder in entries:
        if isinstance(data, bytes):
            artefacts.append(replace(next(taken), name=shown(file), received_at=now, folder=folder))
        elif isinstance(data, Artefact):
            artefacts.append(replace(data, name=shown(file), received_at=now, folder=folder))
        else:
            above = (folder or "") if data.packed.single else None
            members = (_member(file, each, now, above) for each in data.artefacts(taken, about))
            artefacts += (replace(each, node=_node_inside(each.name, nodes) or each.node) for each in members)
    return tuple(_without(each, secrets) if len(each.content) > TEXT_BYTES else each for each in artefacts)


def _without(artefact: Artefact, secrets: set[str]) -> Artefact:
    """A large log without the values that other files of this command gave away."""
    cleaned: Artefact = import_module("evidence.spooling").without(artefact, secrets)
    return cleaned


def _waiting(
    entries: Iterable[tuple[str, bytes | Artefact | Unpacked, Declared, str | None]],
) -> list[tuple[str, bytes, Declared]]:
    """(name, bytes, what is said about it) of everything that is taken in together, members of archives too."""
    given: list[tuple[str, bytes, Declared]] = []
    for file, data, about, _ in entries:
        if isinstance(data, bytes):
            given.append((base_name(file), data, about))
        elif not isinstance(data, Artefact):
            given += ((name, content, about) for name, content in data.waiting)
    return given


def _member(file: str, artefact: Artefact, now: datetime, above: str | None) -> Artefact:
    """An artefact out of an archive, under the path as it was given.

    above: the folder of the archive itself; None = the folder inside the archive counts.
    """
    inside = artefact.name.removeprefix(safe_name(base_name(file)))
    folder = f"{file}{inside.rpartition('/')[0]}" if above is None and artefact.within else above
    return replace(artefact, name=shown(f"{file}{inside}"), received_at=now, folder=shown(folder) if folder else None)


def base_name(file: str) -> str:
    """The file's own name, also for a path that ends in a dot or a slash."""
    return os.path.basename(os.path.abspath(file))


def _on_disk(path: str) -> str:
    """The archive itself, where a path names a folder inside it: `--node vault-a=q3.zip!node-a`."""
    archive_path = path.partition("!")[0]
    return archive_path if not os.path.exists(path) and os.path.isfile(archive_path) else path


def _node_inside(name: str, nodes: dict[str, str]) -> str | None:
    """The node of a member, where `--node NAME=ARCHIVE!FOLDER` names its folder; the longest folder counts."""
    above = [path for path in nodes if "!" in path and (name == path or name.startswith(f"{path.rstrip('/')}/"))]
    return nodes[max(above, key=len)] if above else None


def _node_above(file: str, nodes: dict[str, str]) -> str | None:
    """The node of the longest declared path that holds this file."""
    whole = os.path.abspath(file)
    for path in sorted(nodes, key=len, reverse=True):
        above = os.path.abspath(path)
        if whole == above or whole.startswith(above + os.sep):
            return nodes[path]
    return None


def _files(path: str) -> Iterator[str]:
    """The path itself, or the files of a directory in order of name, hidden ones and linked folders left out."""
    if not os.path.isdir(path):
        yield path
        return
    count = 0
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                count += 1
                if count > MAX_FILES:
                    raise UsageError(f"{shown(path)}: more than {MAX_FILES} files; name the folders that matter")
                yield os.path.join(folder, name)
    if not count:
        raise UsageError(f"{shown(path)}: no file in this directory")


def _content(path: str, about: Declared, facts_only: bool) -> bytes | Artefact | Unpacked:
    """The bytes, the artefact where it is refused or was read as a stream, or the members of an archive.

    A pipe or a device is never read: it may have no end.
    """
    name = base_name(path)
    try:
        state = os.stat(path)
        if not stat.S_ISREG(state.st_mode):
            return _refused(name, "not a regular file; hand in a file", about)
        with open(path, "rb") as source:
            if archive(source.read(512)):
                # Loaded only where there is one: `check` of one configuration must start at once.
                packed: Unpacked = import_module("evidence.commands.packed").unpack(
                    path, name, about, facts_only=facts_only
                )
                return packed
            source.seek(0)
            if state.st_size > TEXT_BYTES:
                # Loaded only where such a file is given: `check` of one configuration must start at once.
                spooling = import_module("evidence.spooling")
                taken: Artefact = (spooling.facts_of if facts_only else spooling.take)(name, source, about)
                return taken
            return source.read(TEXT_BYTES + 1)
    except Refused as refused:
        return _refused(name, str(refused), about)
    except OSError as error:
        return _refused(name, f"{error.strerror or 'cannot be read'}; check the name and its permissions", about)


def _refused(name: str, why: str, about: Declared) -> Artefact:
    """A file whose bytes were not all seen, so it has no hash."""
    return replace(refused_artefact(name, b"", why, about), sha256="")


def shown(text: str) -> str:
    """A path fit for print: no control characters, no secret that somebody made a name of."""
    return safe_name("".join(character if character.isprintable() else "?" for character in text))
