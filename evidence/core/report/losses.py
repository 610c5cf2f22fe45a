"""The report's chapter on losses: what is gone when a part of the recommended seal is, and what recovery keys are not.

The words are those of `seal_advisor.core.losses`, with the sources that they name; nothing depends on the evidence.
"""

from __future__ import annotations

from evidence.core.report.model import Report
from evidence.core.report.words import chip, linked, table, text
from seal_advisor.core import blast_radius, loss_record
from seal_advisor.core.loss_record import LossLine

HEADS = (("w-name", "Lost"), ("w-verdict", "A restart is"), ("w-rest", "Data lost"), ("w-name", "How long"))
RESTARTS = {"possible": ("✓", "good"), "not possible": ("✕", "bad")}


def chapter(report: Report, heading: str) -> str:
    """heading: the chapter's own. Nothing where no option is recommended."""
    options = [name for name in report.decision["recommended"] if name in blast_radius.OPTIONS]
    if not options:
        return ""
    platform = report.answers.get("platform")
    keys = blast_radius.recovery_keys(platform=platform)
    sentences = "".join(f"<li>{text(one)}</li>" for one in loss_record.recovery_sentences(keys)[1:])
    sources = "".join(f"<li>{linked(one, 300)}</li>" for one in keys.sources)
    parts = [
        f"<h3>{text(report.option_title(name))}</h3>{_table(loss_record.lines(name, platform))}" for name in options
    ]
    return (
        f"<section>{heading}{''.join(parts)}"
        f'<div class="notice care"><strong><span class="shape">▲</span> {text(keys.title)}.</strong>'
        f"<ul>{sentences}</ul></div>"
        f'<ul class="source">{sources}</ul></section>'
    )


def _table(lines: tuple[LossLine, ...]) -> str:
    rows = [(text(one.title), _restart(one), text(one.data), text(one.lasts)) for one in lines]
    return table(HEADS, rows, name="losses")


def _restart(line: LossLine) -> str:
    shape, tone = RESTARTS.get(line.restart, ("▲", "care"))
    words = line.restart.partition(",")[0]
    return f"{chip(shape, words, tone)}<br>{text(f'nodes {line.running}')}"
