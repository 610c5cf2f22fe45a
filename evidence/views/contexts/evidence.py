"""The evidence page: what was received, what was removed from it, and what it states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from evidence.core.wanted import WANTED
from evidence.models import Artefact, Erasure
from evidence.services import UNREAD
from evidence.views import words
from evidence.views.forms import About
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.words import Problem, counted, opened

FACTS_SHOWN = 60
LARGE_FROM = 4 * 1024 * 1024  # bytes; such a file goes up in pieces where the page's script runs
ASKED = UNREAD  # somebody says what such a file is
# What settles most controls at once, for the empty page.
FIRST = ("vault_config", "tls_scan", "status", "key_store_log", "audit_log")


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class ArtefactRow:
    id: str
    href: str
    name: str
    kind: str
    node: str
    period: str
    received: str
    uploader: str
    claims: tuple[Fact, ...]
    size: str
    sha256: str
    short: str
    redacted: str
    redactions: tuple[str, ...]
    facts: tuple[Fact, ...]
    said_to_be: str = ""
    kind_href: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class ErasedRow:
    name: str
    short: str
    when: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class FormSeen:
    node: str
    observed_from: str
    observed_to: str


@dataclass(frozen=True, slots=True)
class EvidencePage:
    design: road.DesignHead
    artefacts: tuple[ArtefactRow, ...]
    count: str
    newest: str
    older: str
    wanted: tuple[str, ...]
    may_upload: bool
    upload_href: str
    large_from: int
    form_limit: int
    form: FormSeen
    kinds: tuple[tuple[str, str], ...] = ()
    erased: tuple[ErasedRow, ...] = ()
    problems: tuple[Problem, ...] = ()


def evidence_page(
    design: Design,
    artefacts: Sequence[Artefact],
    *,
    total: int,
    versions: Mapping[UUID, tuple[int, int]],
    further: bool,
    later: bool,
    may_upload: bool,
    form: About | None = None,
    problems: Sequence[Problem] = (),
    erased: Sequence[Erasure] = (),
) -> EvidencePage:
    """One page of the files, newest first. total: of all pages. versions: artefact -> (which, of how many).

    further: older ones follow. later: newer ones stand before.
    """
    said = form.data if form else {}
    return EvidencePage(
        design=road.head(design, current="evidence"),
        artefacts=tuple(
            replace(
                artefact_row(one),
                version=_version(versions.get(one.pk, (1, 1))),
                kind_href=reverse("artefact-kind", args=[design.pk, one.pk])
                if may_upload and one.kind in ASKED
                else "",
            )
            for one in artefacts
        ),
        count=counted(total, "file") if total else _("No evidence yet"),
        newest=reverse("evidence", args=[design.pk]) + "#files-title" if later else "",
        older=f"?{urlencode({'before': _cursor(artefacts[-1])})}#files-title" if further else "",
        wanted=tuple(_wanted(kind) for kind in FIRST),
        may_upload=may_upload,
        upload_href=reverse("evidence", args=[design.pk]),
        large_from=LARGE_FROM,
        form_limit=min(settings.FORM_LIMIT, settings.UPLOAD_LIMIT),
        form=FormSeen(*(said.get(name, "") for name in ("node", "observed_from", "observed_to"))),
        kinds=tuple((kind, opened(wanted.what)) for kind, wanted in WANTED.items()),
        erased=tuple(
            ErasedRow(one.name, one.sha256[:12], words.moment(one.erased_at), one.erased_by_label, one.why)
            for one in erased
        ),
        problems=tuple(problems),
    )


def _cursor(artefact: Artefact) -> str:
    return f"{artefact.received_at.isoformat()}_{artefact.pk}"


def _version(place: tuple[int, int]) -> str:
    """ "version 2 of 3" where files of one name came in from one node more than once; "" else."""
    number, total = place
    return _("version %(number)s of %(len)s") % {"number": number, "len": total} if total > 1 else ""


def _wanted(kind: str) -> str:
    """What to fetch, from whom, with which command."""
    wanted = WANTED[kind]
    return f"{opened(wanted.what)} ({wanted.who}: {wanted.command})"


def artefact_row(artefact: Artefact) -> ArtefactRow:
    removed = artefact.redactions
    return ArtefactRow(
        id=str(artefact.pk),
        href=reverse("artefact", args=[artefact.design_id, artefact.pk]),
        name=artefact.name,
        kind=words.kind(artefact.kind),
        node=artefact.node,
        period=words.period(artefact.observed_from, artefact.observed_to),
        received=words.moment(artefact.received_at),
        uploader=artefact.uploader_label,
        claims=tuple(Fact(name, value) for name, value in sorted(artefact.claims.items())),
        size=words.size(artefact.size),
        sha256=artefact.sha256,
        short=artefact.sha256[:12],
        redacted=counted(len(removed), "secret"),
        redactions=tuple(
            _("line %(line)s: %(what)s") % {"line": item["line"], "what": item["what"]} for item in removed
        ),
        facts=tuple(_facts(artefact.facts)),
        said_to_be=words.kind(artefact.declared_kind) if artefact.declared_kind else "",
    )


def _facts(facts: Any) -> list[Fact]:
    found = []
    for name, value in _flat(facts or {}, ""):
        if len(found) == FACTS_SHOWN:
            found.append(Fact(_("and more"), _("the package holds all of them")))
            break
        found.append(Fact(name, value))
    return found


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Nested facts as rows: `listener[0].tls_min_version` and its value; what the artefact does not say is left out."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(item, (Mapping, list)) for item in value):
        for index, inner in enumerate(value):
            yield from _flat(inner, f"{name}[{index}]")
    elif isinstance(value, list):
        if value:
            yield name, ", ".join(str(item) for item in value)
    elif isinstance(value, bool):
        yield name, "yes" if value else "no"
    elif value not in (None, ""):
        yield name, str(value)
