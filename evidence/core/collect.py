"""The plan of what is still to be collected: from whom, on which node, with which command, for which controls.

    plan(evidence, demands, results, ...) -> Plan

What is missing follows from the verdicts: a control that is not proven or stale names the kinds of evidence that would
settle it. A kind that every node has of its own is asked of each known node that has not given it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from evidence.core.controls import CONTROLS
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, Evidence
from evidence.core.nodes import members, node_of_config
from evidence.core.recipes import PER_NODE, Situation, by_hand, commands, exists
from evidence.core.results import Result, Verdict
from evidence.core.seal_facts import live_seals, option_of, seal_kinds
from evidence.core.wanted import WANTED
from seal_advisor.core.design import CLOUD_SEALS
from seal_advisor.core.record import Record
from seal_advisor.core.seal_values import LIBRARIES

HANDED = "a file is there, of a form that no reader understands: read it, and attest what it shows"
UNSETTLED = frozenset({Verdict.NOT_PROVEN, Verdict.STALE, Verdict.CANNOT_DECIDE})
NEEDS = {control.ID: control.NEEDS for control in CONTROLS}


class Errand(Record):
    """One thing to fetch. node: "" where it is no single node's, or no node is known by name yet.

    commands: to be run as they are, CAPITALS replaced. by_hand: what to write, sign or export where there is none.
    controls: ids of those that it would settle, at least in part. note: why it is asked for though some of it is there.
    """

    kind: str
    what: str
    who: str
    node: str
    commands: tuple[str, ...]
    by_hand: str
    controls: tuple[str, ...]
    note: str = ""


class Plan(Record):
    """All errands, by role, node and kind. nodes: the names that the evidence gives. seals: labels or option ids."""

    product: str
    seals: tuple[str, ...]
    nodes: tuple[str, ...]
    errands: tuple[Errand, ...]

    @property
    def roles(self) -> tuple[str, ...]:
        """Who is asked, in the order of the errands."""
        return tuple(dict.fromkeys(errand.who for errand in self.errands))


def plan(
    evidence: Evidence,
    demands: Demands,
    results: Iterable[Result],
    settings: Settings,
    *,
    declared: Mapping[str, str] | None = None,
) -> Plan:
    """What is still missing. results: of `examine` over the same evidence and demands.

    declared: SHA-256 of a file that no reader recognised -> what somebody said it is.
    """
    asked = _asked(results)
    held = _held(evidence)
    handed = frozenset((declared or {}).values())
    nodes = tuple(sorted(members(evidence) | {node for found in held.values() for node in found} - {""}))
    situation = situation_of(evidence, demands, settings)
    errands = [
        errand
        for kind, controls in asked.items()
        if exists(kind, situation)
        for errand in _errands(kind, controls, held.get(kind, set()), nodes, situation, kind in handed)
    ]
    order = list(dict.fromkeys(wanted.who for wanted in WANTED.values()))
    errands.sort(key=lambda one: (order.index(one.who), one.node, list(WANTED).index(one.kind)))
    return Plan(
        product="openbao" if situation.program == "bao" else "vault",
        seals=tuple(sorted(seal_kinds(evidence, demands))),
        nodes=nodes,
        errands=tuple(errands),
    )


def _asked(results: Iterable[Result]) -> dict[str, list[str]]:
    """Kind of evidence -> the controls that want it, in catalogue order."""
    asked: dict[str, list[str]] = {}
    for result in results:
        if result.verdict in UNSETTLED:
            for kind in result.missing or NEEDS[result.control]:
                asked.setdefault(kind, []).append(result.control)
    return asked


def _held(evidence: Evidence) -> dict[str, set[str]]:
    """Kind of evidence -> the nodes that it is there from; "" where an artefact names none."""
    held: dict[str, set[str]] = {}
    for artefact in evidence.artefacts:
        held.setdefault(artefact.kind, set()).add(_node(artefact))
    return held


def _node(artefact: Artefact) -> str:
    if isinstance(artefact.facts, ConfigFacts):
        return node_of_config(artefact, artefact.facts) or ""
    return artefact.node or ""


def _errands(
    kind: str, controls: Sequence[str], held: set[str], nodes: Sequence[str], situation: Situation, handed: bool
) -> Iterable[Errand]:
    """One errand for each node that lacks a kind of its own; one for all where the kind is no node's."""
    wanted = WANTED[kind]
    lacking = [node for node in nodes if node not in held] if kind in PER_NODE else []
    for node in lacking or [""]:
        lines = commands(kind, situation, node)
        yield Errand(
            kind=kind,
            what=wanted.what,
            who=wanted.who,
            node=node,
            commands=lines,
            by_hand="" if lines else by_hand(kind, situation),
            controls=tuple(controls),
            note=HANDED if handed else _note(kind, held, lacking),
        )


def _note(kind: str, held: set[str], lacking: Sequence[str]) -> str:
    if not held:
        return ""
    if kind in PER_NODE and lacking:
        return "a file of this kind names no node" if "" in held else ""
    return "what is there is too old, incomplete or inconclusive: the controls say which"


def situation_of(evidence: Evidence, demands: Demands, settings: Settings) -> Situation:
    """What decides the commands: what the evidence shows, else what the decision says."""
    product = next((config.product for _, config in evidence.of(ConfigFacts)), demands.product) or "vault"
    openbao = product == "openbao"
    maker, library = _library(evidence, demands)
    kinds = seal_kinds(evidence, demands)
    return Situation(
        program="bao" if openbao else "vault",
        user="openbao" if openbao else "vault",
        folder="/etc/openbao" if openbao else "/etc/vault.d",
        prefix="BAO" if openbao else "VAULT",
        clouds=_clouds(kinds, demands),
        maker=maker,
        library=library if any(option_of(kind) in {"pkcs11", "multi_seal"} for kind in kinds) else "",
        begin=f"{settings.observed_from:%Y-%m-%d}" if settings.observed_from else "FROM",
        end=f"{settings.observed_to:%Y-%m-%d}" if settings.observed_to else "TO",
    )


def _library(evidence: Evidence, demands: Demands) -> tuple[str, str]:
    """(maker, path): a configuration's own path, whose maker is known by it; else the answers' model."""
    for _, config in evidence.of(ConfigFacts):
        for seal in live_seals(config):
            setting = seal.settings.get("lib") or seal.settings.get("library")
            if seal.label == "pkcs11" and setting is not None and isinstance(setting.value, str):
                file = setting.value.rsplit("/", 1)[-1]
                makers = [maker for maker, path in LIBRARIES.items() if path.rsplit("/", 1)[-1] == file]
                return (makers[0] if makers else demands.answers.get("hsm_model") or ""), setting.value
    maker = demands.answers.get("hsm_model") or ""
    return maker, LIBRARIES.get(maker, "LIBRARY")


def _clouds(kinds: frozenset[str], demands: Demands) -> tuple[str, ...]:
    shown = tuple(cloud for cloud, seal in CLOUD_SEALS.items() if seal in kinds)
    hosting = demands.answers.get("hosting") or ""
    decided = any(kind in {"cloud_kms", "multi_seal"} for kind in kinds)
    return shown or ((hosting,) if decided and hosting in CLOUD_SEALS else ())


def document(plan: Plan) -> dict[str, object]:
    """The plan as JSON: product, seals, nodes, and the errands of each role."""
    return {
        "product": plan.product,
        "seals": list(plan.seals),
        "nodes": list(plan.nodes),
        "missing": len(plan.errands),
        "roles": [
            {
                "who": who,
                "errands": [
                    {
                        "kind": one.kind,
                        "what": one.what,
                        "node": one.node or None,
                        "commands": list(one.commands),
                        "by_hand": one.by_hand,
                        "controls": list(one.controls),
                        "note": one.note,
                    }
                    for one in plan.errands
                    if one.who == who
                ],
            }
            for who in plan.roles
        ],
    }


def text(plan: Plan) -> str:
    """The plan for people: a heading for each role and node, below it what to fetch and the commands."""
    if not plan.errands:
        return "Nothing is missing: every control that applies is settled."
    lines = [f"{len(plan.errands)} things to fetch ({plan.product}, seal {', '.join(plan.seals) or 'not decided'})"]
    place: tuple[str, str] | None = None
    for one in plan.errands:
        if (one.who, one.node) != place:
            place = (one.who, one.node)
            lines += ["", f"{one.who}{f', on {one.node}' if one.node else ''}"]
        lines.append(f"  {one.what} ({one.kind}; settles {', '.join(one.controls)})")
        lines += [f"      {command}" for command in one.commands] or [f"      by hand: {one.by_hand}"]
        if one.note:
            lines.append(f"      note: {one.note}")
    return "\n".join(lines)
