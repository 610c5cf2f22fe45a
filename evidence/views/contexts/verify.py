"""The verification page: the verdict in one sentence, then what differs, then every check."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evidence.core.pdf_check import Check as Checked
from evidence.core.verify import Verification
from evidence.views import words
from seal_advisor.views.words import Mark, Problem, opened

HOLDS = Mark(gettext_lazy("Holds"), "circle-check", "pass")
DIFFERS = Mark(gettext_lazy("Differs"), "octagon-x", "fail")
NOT_ANCHORED = Mark(gettext_lazy("Signer not anchored"), "triangle-alert", "warn")


@dataclass(frozen=True, slots=True)
class Check:
    title: str
    mark: Mark
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """about: who signed, when, and what this page cannot know."""

    name: str
    sentence: str
    marks: tuple[Mark, ...]
    about: tuple[str, ...]
    fingerprint: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class VerifyPage:
    report: Report | None = None
    problems: tuple[Problem, ...] = ()


def report(name: str, found: Verification) -> Report:
    """The verification of one file, what differs first."""
    what = "package" if found.kind == "package" else "report"
    sentence = (
        _("This %(what)s is exactly what was signed.") % {"what": what}
        if found.valid
        else _("This %(what)s is not what was signed.") % {"what": what}
    )
    anchored = found.anchored or found.signer is None
    return Report(
        name=name,
        sentence=sentence,
        marks=(HOLDS if found.valid else DIFFERS, *(() if anchored else (NOT_ANCHORED,))),
        about=_about(found),
        fingerprint=found.signer.fingerprint if found.signer else "",
        checks=tuple(_check(check) for check in (*found.differences, *(one for one in found.checks if one.ok))),
    )


def _about(found: Verification) -> tuple[str, ...]:
    signer = found.signer
    if signer is None:
        return (_("There is no signature that could be read."),)
    said = [
        _("Signed by %(subject)s on %(moment)s, %(level)s.")
        % {"subject": signer.subject, "moment": words.moment(signer.signed_at), "level": signer.level}
    ]
    if signer.self_issued:
        said.append(_("The key vouches for itself: compare the fingerprint with one that you got another way."))
    if not signer.level.stamped:
        said.append(_("No authority vouches for the time: it is what the signer's machine said."))
    if found.shortfall:
        said.append(found.shortfall)
    return tuple(said)


def _check(check: Checked) -> Check:
    return Check(opened(check.name), HOLDS if check.ok else DIFFERS, opened(check.detail))
