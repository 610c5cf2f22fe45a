"""All controls over all evidence, then waivers and attestations: the verdicts of one judgement.

results = examine(evidence, demands, settings, waivers=..., attestations=...)
words = summary(results)      # {"pass": 3, "fail": 1, ...}, every word present
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evidence.core.controls import CONTROLS
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.results import Result, Verdict
from evidence.core.waivers import Attestation, Waiver, apply


def examine(
    evidence: Evidence,
    demands: Demands,
    settings: Settings,
    *,
    waivers: Sequence[Waiver] = (),
    attestations: Sequence[Attestation] = (),
) -> tuple[Result, ...]:
    """One result per control, in catalogue order. An error inside a control is not caught: it is never a verdict."""
    judged = (control.check(evidence, demands, settings) for control in CONTROLS)
    today = settings.now.date()
    return tuple(apply(result, waivers, attestations, today) for result in judged)


def summary(results: Iterable[Result]) -> dict[str, int]:
    """How many results have each verdict; all nine words are keys."""
    counts = {verdict.value: 0 for verdict in Verdict}
    for result in results:
        counts[result.verdict.value] += 1
    return counts
