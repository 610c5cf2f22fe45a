"""A package decides and judges once more: from its own rules, answers and evidence, does the same come out?

The signature says that nothing was changed since; this says that what was signed follows from what lies beside it. A
package that another release made may word a finding differently: then the outcomes are compared, not the words.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from evidence.core import judged_members
from evidence.core.approved import approved
from evidence.core.demands import Settings
from evidence.core.examine import examine
from evidence.core.facts import Artefact, Declared, Evidence, Redaction
from evidence.core.manifest import moment
from evidence.core.pdf_check import Check
from evidence.core.refusal import Refused
from evidence.core.results import Result
from evidence.core.stream import intake_stream
from evidence.core.unpacking import plain_name
from evidence.core.upload import refused_artefact
from evidence.core.waivers import Attestation, Exclusion, Waiver
from seal_advisor import __version__
from seal_advisor.core import explain, house, loader, rules, ruleset
from seal_advisor.core.answers import Answers, AnswersError, parse
from seal_advisor.core.record import fields, replace
from seal_advisor.core.ruleset_types import Ruleset, RulesetError

DECISION, CONTROLS = "decision, made again", "controls, judged again"
GENERATOR = f"Seal Advisor {__version__}"
NAMED = 12  # differences that are named; the others are counted


def checks(files: Mapping[str, bytes], listed: Mapping[str, Any], *, strangers: bool = True) -> Iterator[Check]:
    """Files and manifest of a package in which nothing differs.

    strangers: also evaluate rules that no release of ours published; a public page does not run those.
    """
    texts = {
        path.removeprefix("ruleset/"): data.decode() for path, data in files.items() if path.startswith("ruleset/")
    }
    if not strangers and not _published(texts):
        yield Check(DECISION, True, "not evaluated here: its rules are none that this installation published")
        return
    try:
        rules_then = loader.load(texts)
        given = parse(json.loads(files["answers.json"]), rules_then)
        yield _decision(files, listed, rules_then, given)
        if "exceptions.json" in files:
            yield from _controls(files, listed, rules_then, given)
    except (RulesetError, AnswersError, ValueError, KeyError, TypeError, RuntimeError) as error:
        said = " ".join(str(error).split())[:200]
        yield Check(DECISION, False, f"its rules, answers or statements cannot be read again: {said}")


def _published(texts: Mapping[str, str]) -> bool:
    released, own = house.split(texts)
    known = [ruleset.current(), *(ruleset.released(version) for version in ruleset.releases())]
    return not own and any(dict(released) == one for one in known)


def _same_release(listed: Mapping[str, Any]) -> bool:
    return bool(listed.get("generator") == GENERATOR)


def _decision(files: Mapping[str, bytes], listed: Mapping[str, Any], rules_then: Ruleset, given: Answers) -> Check:
    """To the byte by the same release; by another, the same outcome for every option."""
    document: dict[str, Any] = explain.document(rules_then, given)
    if judged_members.pretty(document) == files["decision.json"]:
        return Check(DECISION, True, "decision.json comes out to the byte")
    stored = json.loads(files["decision.json"])
    differing = [name for name in ("status", "recommended") if stored.get(name) != document[name]]
    states = {one["id"]: one["state"] for one in document["options"]}
    differing += [str(one["id"]) for one in stored["options"] if states.get(one["id"]) != one["state"]]
    if differing:
        said = f"its rules and answers give another {', '.join(differing)} than decision.json says"
        return Check(DECISION, False, said + _releases(listed))
    if _same_release(listed):
        return Check(DECISION, False, "the same outcome, but not decision.json to the byte")
    return Check(DECISION, True, f"the same outcome; {GENERATOR} words it differently than {listed.get('generator')}")


def _releases(listed: Mapping[str, Any]) -> str:
    if _same_release(listed):
        return ""
    return f" (made by {listed.get('generator')}, this is {GENERATOR}: compare with that release)"


def _controls(
    files: Mapping[str, bytes], listed: Mapping[str, Any], rules_then: Ruleset, given: Answers
) -> Iterator[Check]:
    now = datetime.fromisoformat(str(listed["created_at"]))
    judgement = listed.get("judgement")
    if not isinstance(judgement, dict):
        yield Check(CONTROLS, True, "not judged again: made before packages named what they were judged by")
        return
    records = [one for one in listed["members"] if one.get("original")]
    taken, refused = iter(records), iter(listed.get("refused", ()))
    evidence = Evidence(
        tuple(
            _refused(next(refused)) if about is None else _artefact(files, next(taken), about)
            for about in judgement["declared"]
        )
    )
    stated = json.loads(files["exceptions.json"])
    results = examine(
        evidence,
        approved(rules.decide(rules_then, given)),
        settings_from(judgement["settings"], now),
        waivers=[Waiver(**_days(one)) for one in stated["waivers"]],
        attestations=[Attestation(**_days(one)) for one in stated["attestations"]],
        exclusions=[Exclusion(**_days(one)) for one in stated.get("not_applicable", ())],
    )
    yield from _compared(files, listed, results, evidence, records, now)


def _compared(
    files: Mapping[str, bytes],
    listed: Mapping[str, Any],
    results: Sequence[Result],
    evidence: Evidence,
    records: Sequence[Mapping[str, Any]],
    now: datetime,
) -> Iterator[Check]:
    rows = csv.DictReader(io.StringIO(files["facts/results.csv"].decode()))
    stored = {row["control"]: row["verdict"] for row in rows}
    found = {one.control: one.verdict.value for one in results}
    shared = [control for control in stored if control in found]
    differing = [
        f"{control} is {found[control]}, the package says {stored[control]}"
        for control in shared
        if found[control] != stored[control]
    ]
    if differing:
        yield Check(CONTROLS, False, _few(differing) + _releases(listed))
    elif _same_release(listed):
        yield from _to_the_byte(files, results, evidence, records, now, str(listed["title"]))
    else:
        said = f"{len(shared)} of {len(stored)} controls with the same verdict"
        yield Check(CONTROLS, True, f"{said}; {GENERATOR} words them differently than {listed.get('generator')}")


def _to_the_byte(
    files: Mapping[str, bytes],
    results: Sequence[Result],
    evidence: Evidence,
    records: Sequence[Mapping[str, Any]],
    now: datetime,
    title: str,
) -> Iterator[Check]:
    entries = [{key: value for key, value in one.items() if key != "ledger"} for one in records]
    made = judged_members.judged(
        title, tuple(results), [one for one in evidence.artefacts if one.kind != "refused"], entries, now, __version__
    )
    unlike = [path for path, data, _ in made if files.get(path) != data]
    for path in unlike:
        yield Check(CONTROLS, False, f"{path} comes out differently")
    if not unlike:
        yield Check(CONTROLS, True, f"{len(results)} verdicts and {len(made)} tables come out to the byte")


def _few(words: Sequence[str]) -> str:
    more = f" and {len(words) - NAMED} more" if len(words) > NAMED else ""
    return "; ".join(words[:NAMED]) + more


def _artefact(files: Mapping[str, bytes], record: Mapping[str, Any], about: Mapping[str, Any]) -> Artefact:
    """The evidence as it was judged: read from the redacted bytes, with what its collector said about it."""
    original, content = record["original"], files[record["path"]]
    declared = Declared(
        product=about["product"],
        version=about["version"],
        product_basis=about["basis"],
        node=record["node"],
        observed_from=_moment(record["observed_from"]),
        observed_to=_moment(record["observed_to"]),
        source=record["source"],
    )
    try:
        taken = intake_stream(plain_name(original["name"]), io.BytesIO(content), len, declared=declared)
    except Refused as refused:
        taken = refused_artefact(original["name"], b"", str(refused), declared)
    folder = about["folder"]
    return replace(
        taken,
        name=original["name"],
        sha256=original["sha256"],
        size=original["size"],
        content=content,
        spooled=False,
        redactions=tuple(Redaction(line=one["line"], what=one["what"]) for one in record["redactions"]),
        received_at=_moment(record["received_at"]),
        folder=None if folder is None else f"folder {folder}",
    )


def _refused(one: Mapping[str, Any]) -> Artefact:
    return Artefact(one["name"], one["sha256"], one["size"], "refused", error=one["error"])


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _days(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A statement as `exceptions.json` has it, with its days as days."""
    return {name: date.fromisoformat(value) if name in ("on", "expires") else value for name, value in entry.items()}


def judgement(settings: Settings, artefacts: Iterable[Artefact], declared: Mapping[str, Declared]) -> dict[str, Any]:
    """What a package is judged by beside its rules and answers, as the manifest names it; `checks` reads it back.

    artefacts: in their order, with those that were refused, for which None stands. declared: SHA-256 of the original ->
    what was said about it when it was judged.
    """
    folders: dict[str, int] = {}
    about: list[dict[str, Any] | None] = []
    for one in artefacts:
        if one.kind == "refused":
            about.append(None)
            continue
        said = declared.get(one.sha256, Declared())
        number = None if one.folder is None else folders.setdefault(one.folder, len(folders) + 1)
        about.append({"product": said.product, "version": said.version, "basis": said.product_basis, "folder": number})
    return {"settings": settings_to(settings), "declared": about}


def settings_to(settings: Settings) -> dict[str, Any]:
    """The thresholds as JSON without fractions: moments as text, spans in seconds, shares as text."""
    named: dict[str, Any] = {}
    for name in fields(Settings):
        value = getattr(settings, name)
        if isinstance(value, datetime):
            value = moment(value)
        elif isinstance(value, timedelta):
            value = int(value.total_seconds())
        elif isinstance(value, float):
            value = repr(value)
        named[name] = value
    del named["now"]
    return named


def settings_from(named: Mapping[str, Any], now: datetime) -> Settings:
    """The inverse; a threshold that this release does not know is left out, one that is missing is its own default."""
    kinds = {name: getattr(Settings(now), name) for name in fields(Settings)}
    values: dict[str, Any] = {}
    for name, written in named.items():
        value: Any = written
        if name not in kinds:
            continue
        if name in ("observed_from", "observed_to"):
            values[name] = _moment(value)
        elif isinstance(kinds[name], timedelta):
            values[name] = timedelta(seconds=value)
        else:
            values[name] = float(value) if isinstance(kinds[name], float) else value
    return Settings(**{**values, "now": now})
