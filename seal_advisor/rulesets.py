"""Which rules hold: the ruleset of this release, and for an organisation with house rules those laid over it."""

from __future__ import annotations

from functools import cache, lru_cache
from uuid import UUID

from seal_advisor.core import house, ruleset
from seal_advisor.core.rules import Ruleset, RulesetError, load
from seal_advisor.models import HouseRules, Organisation


class HouseDoesNotFit(Exception):
    """House rules that this release's ruleset does not take: nothing is decided until an administrator repairs them.

    Deciding without them, or under the rules of before, would be another decision than anybody asked for.
    """

    def __init__(self, accepted: HouseRules, error: RulesetError) -> None:
        super().__init__(
            f"the house rules {accepted} of {accepted.organisation} were accepted under ruleset {accepted.release} and "
            f"do not fit ruleset {current_ruleset().version}: {error}"
        )
        self.organisation = accepted.organisation


@cache
def current_ruleset() -> Ruleset:
    """The ruleset that comes with this release."""
    return load(ruleset.current())


def ruleset_of(organisation: Organisation) -> Ruleset:
    """The rules for its designs: the current ones, with its house rules over them. Raises HouseDoesNotFit."""
    rules = current_ruleset()
    return rules if organisation.house_id is None else _in_house(organisation.house_id, rules.sha256)


def spoken(rules: Ruleset) -> str:
    """How the rules are named where their version alone would not tell them apart."""
    return f"Ruleset {rules.version}" + (f" with the house rules {rules.house.title}" if rules.house else "")


@lru_cache(maxsize=32)
def _in_house(house_id: UUID, released_sha256: str) -> Ruleset:
    """Accepted house rules never change, so their row is read once. released_sha256: of the current ruleset."""
    accepted = HouseRules.objects.select_related("organisation").get(pk=house_id)
    try:
        return load(house.overlay(current_ruleset().files, accepted.files))
    except RulesetError as error:
        raise HouseDoesNotFit(accepted, error) from error
