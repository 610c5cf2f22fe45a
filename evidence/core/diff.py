"""What changed between two packages: decision, answers, controls, evidence, exceptions, signer.

Compares what the packages say; whether they are genuine is `verify`'s question.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from evidence.core import manifest, zip_layout
from evidence.core.manifest import ManifestError
from evidence.core.zip_layout import NotAnArchive
from seal_advisor.core.record import Record

RESULTS, EXCEPTIONS = "facts/results.csv", "exceptions.json"


class NotAPackage(ValueError):
    """The bytes are no package; the message says what is missing."""


class Change(Record):
    """One difference. area: decision, answers, controls, evidence, exceptions. None: it was not there."""

    area: str
    what: str
    before: str | None
    after: str | None

    @property
    def line(self) -> str:
        if self.before is None:
            return f"{self.area}: {self.what}: new: {self.after}"
        if self.after is None:
            return f"{self.area}: {self.what}: gone, was {self.before}"
        return f"{self.area}: {self.what}: {self.before} -> {self.after}"


# What one package says, by area, each as name -> value.
Areas = Mapping[str, Mapping[str, str]]


def diff(old: bytes, new: bytes) -> tuple[Change, ...]:
    """The changes from the old package to the new one, by area and name. Raises NotAPackage."""
    return compare(said(old, "the old package"), said(new, "the new package"))


def compare(before: Areas, after: Areas) -> tuple[Change, ...]:
    """The changes from one to the other, in the order of the areas and names."""
    areas = dict.fromkeys([*before, *after])
    return tuple(change for area in areas for change in _changes(area, before.get(area, {}), after.get(area, {})))


def _changes(area: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterable[Change]:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield Change(area, name, before.get(name), after.get(name))


def said(data: bytes, which: str = "the package") -> Areas:
    """What an archive says. Raises NotAPackage; `which` names it there."""
    try:
        return of_files(zip_layout.read(data).members)
    except NotAnArchive as error:
        raise NotAPackage(f"{which} is no zip archive") from error
    except NotAPackage as error:
        raise NotAPackage(f"{which} {error}") from error


def made_at(data: bytes) -> datetime:
    """When a package was made, as its manifest says. Raises NotAPackage."""
    try:
        listed = manifest.parse(zip_layout.read(data).members[manifest.NAME])
        return datetime.fromisoformat(listed["created_at"])
    except (NotAnArchive, KeyError, ManifestError, ValueError, TypeError) as error:
        raise NotAPackage(f"its manifest cannot be read: {error}") from error


def of_files(files: Mapping[str, bytes]) -> Areas:
    """What the members of a package say: path -> bytes, with the manifest. Raises NotAPackage."""
    try:
        answers = json.loads(files["answers.json"])
        listed = manifest.parse(files[manifest.NAME])
        # A package of the decision alone lists neither; one that is listed and missing is an error.
        judged = {record["path"] for record in listed["members"]} & {RESULTS, EXCEPTIONS}
        rows = list(csv.DictReader(io.StringIO(files[RESULTS].decode()))) if judged else []
        return areas(
            decision=json.loads(files["decision.json"]),
            answers=answers["answers"],
            verdicts={row["control"]: row["verdict"] for row in rows},
            originals=[
                (one["original"]["name"], one["original"]["sha256"]) for one in listed["members"] if one["original"]
            ],
            exceptions=json.loads(files[EXCEPTIONS]) if judged else {"waivers": [], "attestations": []},
        )
    except KeyError as error:
        raise NotAPackage(f"has no {error.args[0]}") from error
    except (ManifestError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NotAPackage(f"cannot be read: {error}") from error


def areas(
    *,
    decision: Mapping[str, Any],
    answers: Mapping[str, object],
    verdicts: Mapping[str, str],
    originals: Iterable[tuple[str, str]],
    exceptions: Mapping[str, Any],
) -> Areas:
    """What a package says, from its parts. verdicts: control -> verdict; originals: name and SHA-256 of each file."""
    return {
        "decision": _decision(decision),
        "answers": {key: _word(value) for key, value in answers.items()},
        "controls": dict(verdicts),
        "evidence": _evidence(originals),
        "exceptions": _exceptions(exceptions),
    }


def _word(value: object) -> str:
    return "not known" if value is None else str(value)


def _decision(decision: Mapping[str, Any]) -> dict[str, str]:
    said = {
        "ruleset": str(decision["ruleset"]["version"]),
        "house rules": _house(decision.get("house")),
        "status": str(decision["status"]),
        "recommended": ", ".join(decision["recommended"]) or "none",
    }
    return {**said, **{f"option {option['id']}": str(option["state"]) for option in decision["options"]}}


def _house(house: Mapping[str, Any] | None) -> str:
    """Packages that were made before there were house rules have none."""
    if not house:
        return "none"
    return f"{house['name']} {house['version']}, weaker in {len(house['weaker'])}, stricter in {len(house['stricter'])}"


def _evidence(originals: Iterable[tuple[str, str]]) -> dict[str, str]:
    """name -> digest of the original; several files of one name are told apart by their order."""
    said: dict[str, str] = {}
    for name, sha256 in originals:
        number, numbered = 1, name
        while numbered in said:
            number += 1
            numbered = f"{name} ({number})"
        said[numbered] = f"sha256 {sha256}"
    return said


def _exceptions(exceptions: Mapping[str, Any]) -> dict[str, str]:
    waivers = {
        f"waiver of {one['control']}": f"until {one['expires']}, {one['reason']}" for one in exceptions["waivers"]
    }
    words = {
        f"attestation for {one['control']}": f"until {one['expires']}, {one['by']}"
        for one in exceptions["attestations"]
    }
    excluded = {
        f"not applicable: {one['control']}": f"{one['reason']}, {one['by']}"
        for one in exceptions.get("not_applicable", ())
    }
    erased = {f"erased: {one['name']}": f"{one['reason']}, {one['erased_by']}" for one in exceptions.get("erased", ())}
    return {**waivers, **words, **excluded, **erased}
