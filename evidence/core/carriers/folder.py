"""The configuration files of one node, judged as the one configuration that its server makes of them.

    joined = join(evidence); results = [joined.back(control.check(joined.evidence, ...)) ...]

Files belong together when their collector named the same node, or when they lay in one folder that was handed in as
such. Two whole configurations in a folder are two nodes' files, and two files of one name are two states of one file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from evidence.core.carriers.join import merged
from evidence.core.facts import Artefact, ConfigFacts, Declared, Evidence
from evidence.core.parsers.vault_config import facts_of
from evidence.core.refusal import Refused
from evidence.core.results import Finding, Result
from seal_advisor.core import hcl
from seal_advisor.core.record import Record, replace

_PLACE = r" \(line (\d+)\)"


class Folder(Record):
    """Files as one artefact. starts: how many lines stand before each part's first line."""

    whole: Artefact
    parts: tuple[Artefact, ...]
    starts: tuple[int, ...]

    def place(self, line: int) -> tuple[Artefact, int]:
        """(the file, its own line) of a line of the whole."""
        number = bisect_right(self.starts, line - 1) - 1
        return self.parts[number], line - self.starts[number]


class Joined(Record):
    """evidence: facts are read from one artefact for each folder. back: what was found there, at the files."""

    evidence: Evidence
    folders: tuple[Folder, ...]

    def back(self, result: Result) -> Result:
        """The same result with the files' own names, lines and hashes."""
        if not self.folders:
            return result
        shas: list[str] = []
        for sha in result.artefacts:
            folder = next((folder for folder in self.folders if folder.whole.sha256 == sha), None)
            shas += [part.sha256 for part in folder.parts] if folder else [sha]
        findings = tuple(self._finding(finding) for finding in result.findings)
        reason = self._words(result.reason)
        return replace(result, reason=reason, findings=findings, artefacts=tuple(dict.fromkeys(shas)))

    def _finding(self, finding: Finding) -> Finding:
        for folder in self.folders:
            if finding.path == folder.whole.name and finding.line is not None:
                part, line = folder.place(finding.line)
                return replace(finding, path=part.name, line=line, message=self._words(finding.message))
        return replace(finding, message=self._words(finding.message))

    def _words(self, message: str) -> str:
        """A message that names a place in a folder names the file instead."""
        for folder in self.folders:
            found = re.search(re.escape(folder.whole.name) + _PLACE, message)
            if found:
                part, line = folder.place(int(found.group(1)))
                message = message.replace(found.group(), f"{part.name} (line {line})")
        return message


def join(evidence: Evidence) -> Joined:
    """The evidence with each node's files as one; the same evidence where nothing belongs together."""
    groups: dict[tuple[str, str], list[Artefact]] = {}
    for artefact in evidence.artefacts:
        facts = artefact.facts
        if isinstance(facts, ConfigFacts) and not facts.carrier and artefact.content and _is_read(artefact):
            if artefact.node:
                groups.setdefault(("node", artefact.node), []).append(artefact)
            elif artefact.folder:
                groups.setdefault(("folder", artefact.folder), []).append(artefact)
    folders = []
    for (kind, name), parts in groups.items():
        if _belong_together(kind, parts):
            folder = _folder(name, parts)
            folders += [folder] if folder else []
    gone = {id(part) for folder in folders for part in folder.parts[1:]}
    first = {id(folder.parts[0]): folder.whole for folder in folders}
    read = tuple(first.get(id(a), a) for a in evidence.artefacts if id(a) not in gone) if folders else ()
    return Joined(replace(evidence, read=read), tuple(folders))


def _belong_together(kind: str, parts: Sequence[Artefact]) -> bool:
    names = {part.name.rpartition("/")[2] for part in parts}
    whole = sum(_is_whole(part.facts) for part in parts if isinstance(part.facts, ConfigFacts))
    return len(parts) > 1 and len(names) == len(parts) and (kind == "node" or whole < 2)


def _is_read(artefact: Artefact) -> bool:
    """Whether the server reads a file of this name when it is given a folder, in one piece with others."""
    small = len(artefact.content) < hcl.MAX_BYTES // 8
    return artefact.name.lower().endswith((".hcl", ".json")) and small


def _is_whole(config: ConfigFacts) -> bool:
    """Whether a server could start with this file alone: it has a listener and a storage."""
    return bool(config.blocks("listener")) and bool(config.blocks("storage"))


def _folder(name: str, parts: Sequence[Artefact]) -> Folder | None:
    """The parts as one artefact; None when one of them cannot be read together with the others."""
    bodies: list[tuple[str, hcl.Body]] = []
    starts: list[int] = []
    start = 0
    for part in parts:
        text = part.content.decode()
        # Empty lines before each part give every line of the whole a place of its own.
        bodies.append((part.name, hcl.read("\n" * start + text, product="openbao")))
        starts.append(start)
        start += text.count("\n") + 1
    body, problems = merged(bodies)
    known = [part.facts for part in parts if isinstance(part.facts, ConfigFacts)]
    declared = next((each for each in known if each.product_basis in ("declared", "answers")), None)
    about = Declared(product=declared.product, version=declared.version) if declared else Declared()
    about = replace(about, product_basis=declared.product_basis) if declared else about
    try:
        facts = facts_of(body, about, found=problems)
    except Refused:  # each file stands for itself then, and Vault's own words are in its facts
        return None
    whole = replace(
        parts[0],
        name=name,
        sha256="+".join(part.sha256 for part in parts),
        content=b"",
        facts=facts,
        redactions=tuple(
            replace(each, line=each.line + before)
            for part, before in zip(parts, starts, strict=True)
            for each in part.redactions
        ),
    )
    return Folder(whole, tuple(parts), tuple(starts))
