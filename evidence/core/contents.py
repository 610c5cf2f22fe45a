"""The members of a package that the manifest lists, from the values that they hold."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from evidence.core import instructions, oscal, tables
from evidence.core.custody import TreeHead
from evidence.core.erased import Tombstone
from evidence.core.facts import Artefact, Evidence
from evidence.core.manifest import Member, Original, entry, moment
from evidence.core.results import Result
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
    ledger: leaf hashes of all earlier entries, oldest first. previous: the head that the last package was signed under.
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
    ledger: tuple[bytes, ...] = ()
    previous: TreeHead | None = None
    judged: bool = True

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


def pretty(value: object) -> bytes:
    """JSON for people: the order of the keys is the document's own."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


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
                original=Original(one.name, one.sha256, one.size),
                claims=package.claims.get(one.sha256, {}),
            )
        )
    return tuple(members)


def members(package: PackageInput) -> tuple[Member, ...]:
    """All listed members in the archive's order: what people read first, then what they check."""
    evidence = evidence_members(package)
    made: list[tuple[str, bytes, str]] = [
        ("VERIFY.md", instructions.TEXT.encode(), "instructions"),
        ("decision.json", pretty(package.decision), "decision"),
        ("answers.json", pretty(package.answers), "answers"),
        *([("exceptions.json", pretty(exceptions(package)), "exceptions")] if package.judged else []),
        *((f"ruleset/{_rules_path(name)}", text.encode(), "ruleset") for name, text in sorted(package.ruleset.items())),
        *(_judged(package, evidence) if package.judged else ()),
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
    """What the controls found, as tables and as OSCAL; a package of the decision alone has none of it."""
    records = [entry(one) for one in evidence]
    accepted = package.accepted
    paths = {index: one.path for index, one in enumerate(evidence)}
    assessed = oscal.assessment_results(
        package.title, package.results, records, now=package.now, version=package.version
    )
    todo = oscal.poam(package.title, package.results, now=package.now, version=package.version)
    return [
        ("facts/results.csv", tables.results(package.results), "table"),
        ("facts/findings.csv", tables.findings(package.results), "table"),
        ("facts/redactions.csv", tables.redactions(accepted), "table"),
        ("facts/tls_suites.csv", tables.suites(accepted), "table"),
        ("facts/key_events.csv", tables.key_events(accepted), "table"),
        ("facts/facts.jsonl", tables.facts(accepted, paths), "facts"),
        ("oscal/assessment-results.json", pretty(assessed), "oscal"),
        ("oscal/poam.json", pretty(todo), "oscal"),
    ]


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
