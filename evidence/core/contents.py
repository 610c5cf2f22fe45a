"""The members of a package that the manifest lists, from the values that they hold."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from evidence.core import coverage, diff, instructions, tables
from evidence.core.coverage import Calendar
from evidence.core.custody import Frontier, TreeHead
from evidence.core.demands import Settings
from evidence.core.erased import Tombstone
from evidence.core.facts import Artefact, Declared, Evidence
from evidence.core.judged_members import judged, pretty
from evidence.core.levels import Sealing
from evidence.core.manifest import Member, Original, entry, moment
from evidence.core.results import Result
from evidence.core.sign_offs import SignOff
from evidence.core.waivers import Attestation, Exclusion, Waiver
from seal_advisor.core import house
from seal_advisor.core.record import Record, field

SUMS = "SHA256SUMS"


class EvidenceChanged(ValueError):
    """An artefact's kept bytes are not those that were recorded at intake; the build stops and names it."""


class PackageInput(Record):
    """Everything that goes into a package.

    decision: the document of `decide --format json`. answers: an answers file's value, the decision's ground.
    ruleset: file name -> TOML text. evidence: artefacts after intake (redacted). results: one per control.
    uploaders: SHA-256 of the original -> who handed it in; `uploader` stands for all others.
    claims: SHA-256 of the original -> what the issuer of a CI job vouches for.
    kept: SHA-256 of the original -> SHA-256 of the redacted bytes as recorded at intake; a difference stops the build.
    ledger: all earlier entries; between: leaves after them that are not this one's. previous: the head that the last
    package was signed under.
    frameworks: ids of those in the report's appendix, () = all. period: the days under review; None: the last ninety.
    sign_offs: what reviewers said of this very revision or of earlier ones. minutes: file name -> bytes of a paper.
    before: what the last package said (`diff.said`), with the moment it was asked for.
    sealing: how it will be signed, which the instructions, the manifest and the report say.
    settings: the thresholds that the results were judged by, None = the ordinary ones.
    declared: SHA-256 of the original -> what its collector said when it was judged.
    judged: False where no evidence was asked for: the package then holds the decision alone, and says so.
    generator: program and version, such as "Seal Advisor 0.1.0". now: aware; the clock of everything in the package.
    """

    title: str
    decision: Mapping[str, Any]
    answers: Mapping[str, Any]
    ruleset: Mapping[str, str]
    evidence: Evidence
    results: tuple[Result, ...]
    now: datetime
    generator: str
    version: str
    uploader: str = "command line"
    uploaders: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    erased: tuple[Tombstone, ...] = ()
    ledger: Frontier = Frontier()
    between: tuple[bytes, ...] = ()
    previous: TreeHead | None = None
    judged: bool = True
    sealing: Sealing = Sealing()
    settings: Settings | None = None
    declared: Mapping[str, Declared] = field(default_factory=dict)
    frameworks: tuple[str, ...] = ()
    period: tuple[datetime, datetime] | None = None
    sign_offs: tuple[SignOff, ...] = ()
    minutes: Mapping[str, bytes] = field(default_factory=dict)
    before: tuple[diff.Areas, datetime] | None = None

    @property
    def accepted(self) -> tuple[Artefact, ...]:
        return tuple(one for one in self.evidence.artefacts if one.kind != "refused")

    @property
    def refused(self) -> tuple[dict[str, Any], ...]:
        """What was handed in and not kept, as the manifest names it."""
        return tuple(
            {"name": one.name, "sha256": one.sha256, "size": one.size, "error": one.error}
            for one in self.evidence.artefacts
            if one.kind == "refused"
        )

    @property
    def calendar(self) -> Calendar | None:
        """Which days each control's evidence covers; None where nothing was judged."""
        if not self.judged:
            return None
        begin, end = self.period or (None, None)
        settings = Settings(now=self.now, observed_from=begin, observed_to=end)
        return coverage.calendar(self.results, self.evidence, settings, attestations=self.attestations)

    @property
    def said(self) -> diff.Areas:
        """What this package says, as `diff` compares it."""
        return diff.areas(
            decision=self.decision,
            answers=self.answers.get("answers", {}),
            verdicts={one.control: str(one.verdict) for one in self.results} if self.judged else {},
            originals=[(one.name, one.sha256) for one in self.accepted],
            exceptions=exceptions(self),
        )

    @property
    def changes(self) -> tuple[diff.Change, ...]:
        return diff.compare(self.before[0], self.said) if self.before is not None else ()


def safe_name(name: str) -> str:
    """The base name with nothing in it that a shell, a zip reader or another system could stumble over."""
    base = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[^A-Za-z0-9._-]", "_", base).lstrip(".-")[-100:] or "file"


def evidence_members(package: PackageInput) -> tuple[Member, ...]:
    """The redacted artefacts, numbered in the order of upload. Raises EvidenceChanged."""
    members = []
    for index, one in enumerate(package.accepted, 1):
        recorded = package.kept.get(one.sha256)
        if recorded is not None and sha256(one.content).hexdigest() != recorded:
            raise EvidenceChanged(f"{one.name}: its bytes are not those that were recorded at intake")
        members.append(
            Member(
                path=f"evidence/{index:03d}-{safe_name(one.name)}",
                data=one.content,
                kind=one.kind,
                received_at=one.received_at or package.now,
                observed_from=one.observed_from,
                observed_to=one.observed_to,
                uploader=package.uploaders.get(one.sha256, package.uploader),
                node=one.node,
                source=one.source,
                redactions=one.redactions,
                original=Original(one.name, one.sha256, one.size, one.within),
                claims=package.claims.get(one.sha256, {}),
            )
        )
    return tuple(members)


def members(package: PackageInput) -> tuple[Member, ...]:
    """All listed members in the archive's order: what people read first, then what they check."""
    evidence = evidence_members(package)
    made: list[tuple[str, bytes, str]] = [
        ("VERIFY.md", instructions.text(package.sealing.level).encode(), "instructions"),
        ("decision.json", pretty(package.decision), "decision"),
        ("answers.json", pretty(package.answers), "answers"),
        *([("exceptions.json", pretty(exceptions(package)), "exceptions")] if package.judged else []),
        *((f"ruleset/{_rules_path(name)}", text.encode(), "ruleset") for name, text in sorted(package.ruleset.items())),
        *(_judged(package, evidence) if package.judged else ()),
        *_people(package),
    ]
    listed = [
        *(Member(path, data, kind, received_at=package.now, uploader="Seal Advisor") for path, data, kind in made),
        *evidence,
    ]
    sums = "".join(f"{sha256(one.data).hexdigest()}  {one.path}\n" for one in listed)
    listed.insert(1, Member(SUMS, sums.encode(), "checksums", received_at=package.now, uploader="Seal Advisor"))
    return tuple(listed)


def _rules_path(name: str) -> str:
    """A file of the ruleset keeps the one folder that it may have: `house/` for house rules."""
    folder = house.FOLDER if name.startswith(house.FOLDER) else ""
    return f"{folder}{safe_name(name)}"


def _judged(package: PackageInput, evidence: tuple[Member, ...]) -> list[tuple[str, bytes, str]]:
    """What the controls found; a package of the decision alone has none of it."""
    records = [entry(one) for one in evidence]
    return judged(package.title, package.results, package.accepted, records, package.now, package.version)


def _people(package: PackageInput) -> list[tuple[str, bytes, str]]:
    """What reviewers said, and what changed since the last package; each only where there is any."""
    made = [(f"reviews/{safe_name(name)}", paper, "minutes") for name, paper in sorted(package.minutes.items())]
    if package.sign_offs:
        said = [tables.plain(one) for one in package.sign_offs]
        made.append(("sign-offs.json", pretty({"sign_offs": said}), "sign-offs"))
    if package.before is not None:
        changed = {"since": moment(package.before[1]), "changes": [tables.plain(one) for one in package.changes]}
        made.append(("changes.json", pretty(changed), "changes"))
    return made


def exceptions(package: PackageInput) -> dict[str, Any]:
    """Waivers, attestations, what does not apply and what was erased, as they were given, for machines."""
    return {
        "waivers": [tables.plain(one) for one in package.waivers],
        "attestations": [tables.plain(one) for one in package.attestations],
        "not_applicable": [tables.plain(one) for one in package.exclusions],
        "erased": [tables.plain(one) for one in package.erased],
    }


def head_document(size: int, root: bytes, now: datetime) -> dict[str, Any]:
    """The tree head whose canonical bytes are signed."""
    return {
        "format": "seal-advisor/tree-head",
        "version": 1,
        "size": size,
        "root": root.hex(),
        "timestamp": moment(now),
    }


def titles(ruleset: Mapping[str, str], table: str, key: str) -> dict[str, str]:
    """id -> words of a ruleset table, such as the options' titles; empty for a ruleset that has none."""
    found: dict[str, str] = {}
    for text in ruleset.values():
        entries = tomllib.loads(text).get(table)
        if isinstance(entries, dict):
            found.update({name: one[key] for name, one in entries.items() if isinstance(one, dict) and key in one})
    return found


def labels(ruleset: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """question id -> value -> the questionnaire's words for it."""
    found: dict[str, dict[str, str]] = {}
    for text in ruleset.values():
        questions = tomllib.loads(text).get("question")
        for name, question in (questions if isinstance(questions, dict) else {}).items():
            values = question.get("values", [])
            found[name] = {one["id"]: one["label"] for one in values if isinstance(one, dict) and "label" in one}
    return found
