"""How a control turns findings into one verdict, and how it says that evidence is missing or too old.

A verdict is the worst of its findings; no finding and something that was judged is a pass. A control that had nothing
to judge never passes: it says which artefact would settle it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from evidence.core.demands import Settings
from evidence.core.facts import Artefact
from evidence.core.results import Finding, Result, Verdict
from evidence.core.sources import OURS
from evidence.core.wanted import names, remedy

# Worst first. A gap in the proof outranks a warning: what is not shown may be worse than what is.
SEVERITY = (
    Verdict.FAIL,
    Verdict.CANNOT_DECIDE,
    Verdict.NOT_PROVEN,
    Verdict.STALE,
    Verdict.WARN,
    Verdict.PASS,
)
# Clocks of collectors differ a little from ours; a capture "from the future" within this is not one.
CLOCK_TOLERANCE = timedelta(minutes=5)


TYPE_CHECKING = False
if TYPE_CHECKING:
    from evidence.core.facts.artefact import FactsT

    Dated = tuple[Artefact, FactsT]


def at(
    artefact: Artefact, line: int | None, message: str, fix: str, source: str, severity: Verdict = Verdict.FAIL
) -> Finding:
    """A finding at a line of an artefact."""
    return Finding(message=message, path=artefact.name, line=line, remedy=fix, source=source, severity=severity)


def note(message: str, artefact: Artefact | None = None, source: str = OURS) -> Finding:
    """Something the reader should know that does not change the verdict, such as the limit of a proof."""
    path = artefact.name if artefact else ""
    return Finding(message=message, path=path, source=source, severity=Verdict.PASS)


def lacking(kinds: Sequence[str], source: str, why: str = "") -> Finding:
    """The finding that evidence of these kinds is missing; why says what it would settle."""
    wanted = tuple(kinds)
    message = f"missing: {names(wanted)}"
    return Finding(
        message=f"{message}; {why}" if why else message,
        remedy=remedy(wanted),
        source=source,
        severity=Verdict.NOT_PROVEN,
    )


def settle(
    control: str,
    title: str,
    findings: Iterable[Finding],
    *,
    proof: str,
    used: Iterable[Artefact] = (),
    missing: Sequence[str] = (),
) -> Result:
    """The result of a control that had something to judge. proof: the sentence that a pass rests on."""
    listed = tuple(sorted(findings, key=lambda finding: SEVERITY.index(finding.severity)))
    verdict = listed[0].severity if listed else Verdict.PASS
    return Result(
        control=control,
        title=title,
        verdict=verdict,
        reason=proof if verdict is Verdict.PASS else listed[0].message,
        findings=listed,
        missing=tuple(missing) if verdict is Verdict.NOT_PROVEN else (),
        artefacts=tuple(dict.fromkeys(artefact.sha256 for artefact in used)),
    )


def absent(control: str, title: str, kinds: Sequence[str], source: str, why: str = "") -> Result:
    """The result of a control whose evidence was not given: not proven, with what to fetch."""
    return settle(control, title, [lacking(kinds, source, why)], proof="", missing=kinds)


def not_applicable(control: str, title: str, reason: str, used: Iterable[Artefact] = ()) -> Result:
    """The control's subject does not exist here; reason says how that is known."""
    shas = tuple(dict.fromkeys(artefact.sha256 for artefact in used))
    return Result(control=control, title=title, verdict=Verdict.NOT_APPLICABLE, reason=reason, artefacts=shas)


def too_old(moment: datetime | None, settings: Settings, limit: timedelta) -> str:
    """Why evidence of this moment does not speak of the period under review; "" when it does.

    Without a declared period the age counts back from now, with one from the period's end. An undated artefact is
    taken for as old as its upload: its parser found no date, and its collector declared none.
    """
    if moment is None:
        return ""
    if settings.observed_from and moment < settings.observed_from:
        return f"taken on {moment:%Y-%m-%d}, before the period under review began on {settings.observed_from:%Y-%m-%d}"
    if settings.observed_to and moment > settings.observed_to:
        return f"taken on {moment:%Y-%m-%d}, after the period under review ended on {settings.observed_to:%Y-%m-%d}"
    age = (settings.observed_to or settings.now) - moment
    if age > limit:
        return f"taken on {moment:%Y-%m-%d}, {age.days} days before the judgement; at most {limit.days} days count"
    return ""


def moment_of(artefact: Artefact, own: datetime | None) -> datetime | None:
    """When evidence speaks: its own date, else the end of the period its collector declared."""
    return own or artefact.observed_to


def fresh(
    given: Sequence[Dated[FactsT]], own_date: Callable[[FactsT], datetime | None], settings: Settings, limit: timedelta
) -> tuple[list[Dated[FactsT]], list[Finding]]:
    """The evidence that is recent enough, and a `stale` finding for each piece that is not."""
    kept: list[Dated[FactsT]] = []
    findings: list[Finding] = []
    for artefact, facts in given:
        why = too_old(moment_of(artefact, own_date(facts)), settings, limit)
        if why:
            findings.append(at(artefact, None, why, "collect it again", OURS, Verdict.STALE))
        else:
            kept.append((artefact, facts))
    return kept, findings


def inconclusive(artefact: Artefact, why: str, fix: str, source: str) -> Finding:
    """An artefact that could be read but proves nothing."""
    return at(artefact, None, f"proves nothing: {why}", fix, source, Verdict.NOT_PROVEN)
