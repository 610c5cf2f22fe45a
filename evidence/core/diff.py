"""What changed between two packages: decision, answers, controls, evidence, exceptions, signer.

Compares what the packages say; whether they are genuine is `verify`'s question.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.core import manifest, zip_layout
from evidence.core.manifest import ManifestError
from evidence.core.zip_layout import NotAnArchive

RESULTS, EXCEPTIONS = "facts/results.csv", "exceptions.json"


class NotAPackage(ValueError):
    """The bytes are no package; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Change:
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


@dataclass(frozen=True, slots=True)
class _Said:
    """What one package says, by area, each as name -> value."""

    areas: Mapping[str, Mapping[str, str]]


def diff(old: bytes, new: bytes) -> tuple[Change, ...]:
    """The changes from the old package to the new one, by area and name. Raises NotAPackage."""
    before, after = _read(old, "the old package").areas, _read(new, "the new package").areas
    return tuple(change for area in before for change in _changes(area, before[area], after[area]))


def _changes(area: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterable[Change]:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield Change(area, name, before.get(name), after.get(name))


def _read(data: bytes, which: str) -> _Said:
    try:
        files = zip_layout.read(data).members
        decision, answers = json.loads(files["decision.json"]), json.loads(files["answers.json"])
        listed = manifest.parse(files[manifest.NAME])
        # A package of the decision alone lists neither; one that is listed and missing is an error.
        judged = {record["path"] for record in listed["members"]} & {RESULTS, EXCEPTIONS}
        rows = list(csv.DictReader(io.StringIO(files[RESULTS].decode()))) if judged else []
        exceptions = json.loads(files[EXCEPTIONS]) if judged else {"waivers": [], "attestations": []}
        return _Said(
            {
                "decision": _decision(decision),
                "answers": {key: _word(value) for key, value in answers["answers"].items()},
                "controls": {row["control"]: row["verdict"] for row in rows},
                "evidence": _evidence(listed),
                "exceptions": _exceptions(exceptions),
            }
        )
    except NotAnArchive as error:
        raise NotAPackage(f"{which} is no zip archive") from error
    except KeyError as error:
        raise NotAPackage(f"{which} has no {error.args[0]}") from error
    except (ManifestError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NotAPackage(f"{which} cannot be read: {error}") from error


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


def _evidence(listed: Mapping[str, Any]) -> dict[str, str]:
    """name -> digest of the original; several files of one name are told apart by their order."""
    said: dict[str, str] = {}
    for record in listed["members"]:
        if record["original"]:
            name, number = record["original"]["name"], 1
            while (name if number == 1 else f"{name} ({number})") in said:
                number += 1
            said[name if number == 1 else f"{name} ({number})"] = f"sha256 {record['original']['sha256']}"
    return said


def _exceptions(exceptions: Mapping[str, Any]) -> dict[str, str]:
    waivers = {
        f"waiver of {one['control']}": f"until {one['expires']}, {one['reason']}" for one in exceptions["waivers"]
    }
    words = {
        f"attestation for {one['control']}": f"until {one['expires']}, {one['by']}"
        for one in exceptions["attestations"]
    }
    return {**waivers, **words}
