"""The configurations of a design: each against the approved design, and every other node against the first one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidence.core.approved import approved
from evidence.core.drift import Row, rows
from evidence.core.facts import ConfigFacts
from evidence.models import Artefact
from evidence.services import evidence_of
from seal_advisor.models import Design
from seal_advisor.services import decision_of, draft_of

CONFIGURATIONS_AT_MOST = 20  # the newest; a cluster has three or five nodes


@dataclass(frozen=True, slots=True)
class Side:
    """One file, or the approved design (no artefact, no node)."""

    name: str
    node: str
    artefact: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    left: Side
    right: Side
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """against: each file against the approved design, empty without one. between: nodes against the first of them.

    unread: configurations that say nothing here, with the reason. approved: whether there is a design to compare with.
    """

    against: tuple[Pair, ...]
    between: tuple[Pair, ...]
    unread: tuple[str, ...]
    approved: bool


def drift(design: Design) -> Drift:
    """Read again from the stored bytes. Raises storage.BlobChanged."""
    kept = Artefact.objects.filter(design=design, kind=ConfigFacts.KIND)
    newest = list(kept.order_by("-received_at", "pk")[:CONFIGURATIONS_AT_MOST])
    evidence = evidence_of(newest, draft_of(design).values, contents=False)
    wanted = approved(decision_of(design)).design
    read: list[tuple[Side, ConfigFacts]] = []
    unread = []
    for row, artefact in zip(newest, evidence.artefacts, strict=True):
        if isinstance(artefact.facts, ConfigFacts):
            read.append((Side(artefact.name, artefact.node or "", str(row.pk)), artefact.facts))
        else:
            unread.append(f"{artefact.name}: {artefact.error or 'no configuration'}")
    approved_side = Side("approved design", "")
    against = [Pair(approved_side, side, rows(wanted, config)) for side, config in read] if wanted else []
    return Drift(tuple(against), _between(read), tuple(unread), wanted is not None)


def _between(read: Sequence[tuple[Side, ConfigFacts]]) -> tuple[Pair, ...]:
    """The newest file of each named node; a file whose node nobody named stands for itself."""
    nodes: dict[str, tuple[Side, ConfigFacts]] = {}
    for side, config in read:
        nodes.setdefault(side.node or side.artefact, (side, config))
    if len(nodes) < 2:
        return ()
    (first, reference), *others = sorted(nodes.values(), key=lambda one: (one[0].node, one[0].name))
    return tuple(Pair(first, side, rows(reference, config, nodes=True)) for side, config in others)
