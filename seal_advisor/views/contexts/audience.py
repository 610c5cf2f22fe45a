"""Who reads the decision, and what of the one document each reader is shown. Nobody is shown anything else."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy

ALL = frozenset(
    {"why", "robustness", "concerns", "warnings", "obligations", "others", "losses", "figures", "files", "answers"}
)


@dataclass(frozen=True, slots=True)
class Audience:
    """shows: the sections of the decision page; contradictions, conflicts and the ruleset stand on every view."""

    key: str
    title: str
    about: str
    shows: frozenset[str]


AUDIENCES = {
    one.key: one
    for one in (
        Audience("architect", gettext_lazy("Architect"), gettext_lazy("Everything."), ALL),
        Audience(
            "auditor",
            gettext_lazy("Auditor"),
            gettext_lazy(
                "What was answered, which rules followed from it, and which controls prove what must be done."
            ),
            frozenset({"why", "robustness", "warnings", "obligations", "others", "answers"}),
        ),
        Audience(
            "executive",
            gettext_lazy("Executive"),
            gettext_lazy("The decision, what it costs, and what is lost when a part of it dies."),
            frozenset({"why", "concerns", "losses"}),
        ),
        Audience(
            "operator",
            gettext_lazy("Operator"),
            gettext_lazy("What must be done, what to do when a part dies, and the files to do it with."),
            frozenset({"warnings", "obligations", "losses", "figures", "files"}),
        ),
    )
}


def audience(key: str | None) -> Audience:
    """The audience with this key; the architect, who sees everything, for any other word."""
    return AUDIENCES.get(key or "", AUDIENCES["architect"])
