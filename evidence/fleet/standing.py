"""Where each of many designs stands; the number of queries does not grow with them once they have been judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Max

from evidence import services
from evidence.core.results import Verdict
from evidence.register.expiry import Expiry, next_expiries
from evidence.register.services import versions_of
from evidence.storage import BlobChanged
from seal_advisor import revisions
from seal_advisor.core.loss_record import headline
from seal_advisor.core.rules import Decision
from seal_advisor.models import Design, Reevaluation, Revision
from seal_advisor.rulesets import ruleset_of
from seal_advisor.services import decision_of

UNPROVEN = (Verdict.NOT_PROVEN, Verdict.STALE, Verdict.CANNOT_DECIDE)


@dataclass(frozen=True, slots=True)
class Standing:
    """failed, unproven: controls, None where the evidence was changed in the store and nothing can be judged.

    seal: titles of the recommended options. losses: in a sentence or two, "" where nothing is recommended. revision:
    the newest frozen one, 0 for none. flag: what the present rules make of that one, None for the same result.
    weaker: in how many ways the house rules are weaker than the released ones.
    """

    design: Design
    status: str
    seal: tuple[str, ...]
    losses: str
    failed: int | None
    unproven: int | None
    expiry: Expiry | None
    ruleset: str
    house: str
    weaker: int
    revision: int
    flag: Reevaluation | None

    def as_json(self) -> dict[str, Any]:
        return {
            "design": str(self.design.pk),
            "title": self.design.title,
            "organisation": self.design.organisation.name,
            "author": self.design.author.get_username(),
            "updated_at": self.design.updated_at,
            "status": self.status,
            "seal": list(self.seal),
            "losses": self.losses,
            "controls_failed": self.failed,
            "controls_not_proven": self.unproven,
            "next_end": self.expiry.day if self.expiry else None,
            "next_end_of": self.expiry.what if self.expiry else "",
            "ruleset": self.ruleset,
            "house_rules": self.house,
            "house_rules_weaker": self.weaker,
            "revision": self.revision,
            "flag": self.flag.outcome if self.flag else "",
            "flag_rules": _rules(self.flag),
        }


def _rules(flag: Reevaluation | None) -> list[str]:
    return list(dict.fromkeys(str(cause["rule"]) for cause in flag.causes)) if flag else []


def standings(designs: Sequence[Design], decided: Mapping[UUID, Decision] | None = None) -> list[Standing]:
    """In the order of the designs. decided: their decisions, where somebody has them already."""
    decided = decided or decisions(designs)
    expiries, flags = next_expiries(designs), revisions.flags(designs)
    failures = judged(designs)
    numbers = dict(
        Revision.objects.filter(design__in=designs).values_list("design").annotate(last=Max("number")).order_by()
    )
    found = []
    for design in designs:
        decision, rules = decided[design.pk], ruleset_of(design.organisation)
        titles = {option.id: option.title for option in rules.options}
        platform = decision.answers.values.get("platform")
        failed, unproven = failures[design.pk]
        found.append(
            Standing(
                design=design,
                status=decision.status,
                seal=tuple(titles[option] for option in decision.recommended),
                losses=headline(decision.recommended[0], platform) if decision.recommended else "",
                failed=failed,
                unproven=unproven,
                expiry=expiries.get(design.pk),
                ruleset=rules.version,
                house=rules.house.title if rules.house else "",
                weaker=len(rules.house.weaker) if rules.house else 0,
                revision=numbers.get(design.pk, 0),
                flag=flags.get(design.pk),
            )
        )
    return found


def decisions(designs: Sequence[Design]) -> dict[UUID, Decision]:
    return {design.pk: decision_of(design) for design in designs}


def judged(designs: Sequence[Design]) -> dict[UUID, tuple[int | None, int | None]]:
    """Controls that fail and that are not proven, for each design. What was judged within the hour costs no query."""
    received, registers = services.receipts(designs), versions_of(designs)
    return {design.pk: _judged(design, received[design.pk], registers[design.pk]) for design in designs}


def _judged(design: Design, received: Sequence[UUID], register: str) -> tuple[int | None, int | None]:
    try:
        counts = Counter(one.verdict for one in services.judge(design, received=received, register=register))
    except BlobChanged:
        return None, None
    return counts[Verdict.FAIL], sum(counts[verdict] for verdict in UNPROVEN)
