"""`manage.py reevaluate`: what the current ruleset makes of every frozen revision; run it after an upgrade."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from seal_advisor.models import Reevaluation
from seal_advisor.revisions import reevaluate_all


class Command(BaseCommand):
    help = "Re-evaluates every frozen revision under the current ruleset and flags those whose result changes."

    def handle(self, *args: Any, **options: Any) -> None:
        done = reevaluate_all()
        if not options["verbosity"]:
            return
        for one in done:
            if one.outcome != Reevaluation.Outcome.SAME:
                rules = ", ".join(dict.fromkeys(cause["rule"] for cause in one.causes))
                by = f" by {rules}" if rules else ""
                self.stdout.write(f"{one.revision}: {one.get_outcome_display()}{by}. {one.sentence}")
        flagged = sum(one.outcome != Reevaluation.Outcome.SAME for one in done)
        self.stdout.write(f"{len(done)} revisions re-evaluated, {flagged} flagged.")
