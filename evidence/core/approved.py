"""The decision's demands together with the configuration of its design, so that drift from it shows.

A module of its own, because the generator is loaded here: `check` without answers never pays for it.
"""

from __future__ import annotations

from evidence.core.demands import Demands, from_decision
from evidence.core.drift import design_of as facts_of_design
from seal_advisor.core.generate import CannotGenerate, design_of
from seal_advisor.core.record import replace
from seal_advisor.core.rules import Decision
from seal_advisor.core.server_config import server_config


def approved(decision: Decision) -> Demands:
    """What the decision demands, with its design's configuration where exactly one option is recommended."""
    demands = from_decision(decision)
    if decision.status != "recommended" or len(decision.recommended) != 1 or demands.product is None:
        return demands
    try:
        design = design_of(decision, decision.recommended[0])
    except CannotGenerate:  # the platform has no such seal; the decision's own controls say so
        return demands
    if design.platform == "hcp_vault":
        return demands
    facts = facts_of_design(server_config(design).text, product=demands.product, version=demands.version)
    return replace(demands, design=facts)
