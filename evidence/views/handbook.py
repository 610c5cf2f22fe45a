"""Help with sources about every control: what it asks, what settles it, where to fetch that, who says so."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evidence.core.controls import CONTROLS
from evidence.core.wanted import WANTED, Wanted
from evidence.views import words
from seal_advisor.views.words import Link, source, translated

if TYPE_CHECKING:
    from evidence.core.controls import Control


@dataclass(frozen=True, slots=True)
class Needed:
    kind: str
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class ControlHelp:
    id: str
    title: str
    about: str
    needs: tuple[Needed, ...]
    sources: tuple[Link, ...]


@require_safe
def controls(request: HttpRequest) -> HttpResponse:
    """The catalogue. Needs no account: it says nothing about anybody's design."""
    return render(request, "pages/help_controls.html", {"controls": [_seen(one) for one in CONTROLS]})


def _seen(control: Control) -> ControlHelp:
    about = inspect.cleandoc(control.__doc__ or "").removeprefix(f"{control.ID}: ")
    return ControlHelp(
        id=control.ID,
        title=translated(control.TITLE),
        about=about[:1].upper() + about[1:],
        needs=tuple(Needed(words.kind(kind), WANTED[kind]) for kind in control.NEEDS),
        sources=tuple(source(one) for one in control.SOURCES),
    )
