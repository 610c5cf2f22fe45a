"""All controls over all evidence, then waivers and attestations: the verdicts of one judgement.

results = examine(evidence, demands, settings, waivers=..., attestations=...)
words = summary(results)      # {"pass": 3, "fail": 1, ...}, every word present
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evidence.core.carriers.folder import join
from evidence.core.controls import CONTROLS
from evidence.core.demands import Demands, Settings
from evidence.core.facts import ConfigFacts, Evidence, VersionFacts
from evidence.core.results import Result, Verdict
from evidence.core.versions import with_versions
from evidence.core.waivers import Attestation, Exclusion, Statements, Waiver, apply
from seal_advisor.core.record import replace

# The commands that remedies name; OpenBao's program is called bao and has the same ones.
VERBS = ("status", "operator", "audit", "read", "write", "version", "list auth", "token")


def examine(
    evidence: Evidence,
    demands: Demands,
    settings: Settings,
    *,
    waivers: Sequence[Waiver] = (),
    attestations: Sequence[Attestation] = (),
    exclusions: Sequence[Exclusion] = (),
) -> tuple[Result, ...]:
    """One result per control, in catalogue order; the configuration files of a node are judged as one.

    An error inside a control is not caught: it is never a verdict.
    """
    joined = join(with_versions(evidence))
    judged = [joined.back(control.check(joined.evidence, demands, settings)) for control in CONTROLS]
    if _is_openbao(evidence, demands):
        judged = [_spoken_to_openbao(result) for result in judged]
    today = settings.now.date()
    stated = Statements(tuple(waivers), tuple(attestations), tuple(exclusions))
    return tuple(apply(result, stated, today) for result in judged)


def _is_openbao(evidence: Evidence, demands: Demands) -> bool:
    products = {config.product for _, config in evidence.of(ConfigFacts)}
    products |= {version.product for _, version in evidence.of(VersionFacts)}
    return products == {"openbao"} or (not products and demands.product == "openbao")


def _spoken_to_openbao(result: Result) -> Result:
    """The same result with OpenBao's program in its commands: `bao status`, not `vault status`."""
    return replace(result, findings=tuple(replace(f, remedy=_with_bao(f.remedy)) for f in result.findings))


def _with_bao(remedy: str) -> str:
    for verb in VERBS:
        remedy = remedy.replace(f"vault {verb}", f"bao {verb}")
    return remedy


def summary(results: Iterable[Result]) -> dict[str, int]:
    """How many results have each verdict; all nine words are keys."""
    counts = {verdict.value: 0 for verdict in Verdict}
    for result in results:
        counts[result.verdict.value] += 1
    return counts
