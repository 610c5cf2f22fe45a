"""The page about the controls, written from the catalogue: `docs/controls.md` is this text, and a test says so."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING

from evidence.core.controls import CONTROLS
from evidence.core.frameworks import Framework
from evidence.core.wanted import WANTED

if TYPE_CHECKING:
    from evidence.core.controls import Control

INTRODUCTION = """\
# The controls

Written by `evidence/core/handbook.py` from the catalogue; do not edit by hand.

A verdict is the worst of a control's findings. Missing, stale or inconclusive evidence never reads as a pass: it is
`not_proven` or `stale` and names what to fetch, from whom. A waiver turns a fail into `waived`, an attestation turns
`not_proven` into `attested`; both expire. Without answers the strict profile holds: FIPS 140-3 and SP 800-52r2, no seal
demanded, but a seal that can stand on no validated module (a static key file, SoftHSM) fails.

What the server itself would refuse in a configuration fails under the control that owns the setting, and under C-HD-02
where none does. With a baseline (`check --baseline`) a failure counts as known while the control had the same verdict
for the same reasons; lines may move.
"""


def page(frameworks: tuple[Framework, ...]) -> str:
    """The whole page as Markdown."""
    return "\n".join([INTRODUCTION, *(line for control in CONTROLS for line in _section(control, frameworks))])


def _section(control: Control, frameworks: tuple[Framework, ...]) -> Iterator[str]:
    yield f"## {control.ID}: {control.TITLE}"
    yield ""
    about = inspect.cleandoc(control.__doc__ or "").removeprefix(f"{control.ID}: ")
    yield about[:1].upper() + about[1:]
    yield ""
    for kind in control.NEEDS:
        wanted = WANTED[kind]
        how = f"`{wanted.command}`" if wanted.command else "a signed record, attested"
        yield f"- evidence `{kind}`: {wanted.what}; {wanted.who}; {how}"
    for framework in frameworks:
        links = framework.of(control.ID)
        if links:
            ids = (f"{link.requirement} ({link.condition})" if link.condition else link.requirement for link in links)
            yield f"- {framework.title}: {', '.join(ids)}"
    for source in control.SOURCES:
        yield f"- source: {source}"
    yield ""
