"""What people said and what changed: the reviewers' sign-off, and the differences from the package before."""

from __future__ import annotations

from evidence.core.diff import Change
from evidence.core.report.model import Report
from evidence.core.report.room import HALF, lines
from evidence.core.report.words import VERDICTS, chip, code, digest, table, text
from evidence.core.results import Verdict
from evidence.core.sign_offs import WORDS
from seal_advisor.core.regex import regex
from seal_advisor.core.words import plural

SIGN_OFF_HEADS = (("w-rest", "Who"), ("w-name", "What"), ("w-hash", "Which revision, by the SHA-256 of its decision"))
CHANGE_HEADS = (("w-name", "What"), ("w-rest", "Before"), ("w-rest", "Now"))
AREAS = {"exceptions": "waivers and attestations"}
DIGEST = regex(r"sha256 [0-9a-f]{64}")
VALUE = 200  # characters of a value that are shown


def sign_offs(report: Report, heading: str) -> str:
    """heading: the chapter's own. A revision that nobody reviewed says so."""
    if not report.sign_offs:
        return f"<section>{heading}<p>Nobody has reviewed this revision, so nobody has signed it off.</p></section>"
    costs = (3 + lines(one.remark[:VALUE], HALF) + 1 for one in report.sign_offs)
    count = report.room.fitting("sign-offs", costs)
    rows = [
        (
            f"<strong>{text(one.name, 100)}</strong><br>{text(one.role, 60)}",
            f"{text(WORDS.get(one.said, one.said), 60)}<br>{one.at.strftime('%-d %B %Y, %H:%M UTC')}",
            f"Revision {one.revision}<br>{digest(one.revision_sha256)}"
            + (f"<br>{text(one.remark, VALUE)}" if one.remark else ""),
        )
        for one in report.sign_offs[:count]
    ]
    left = len(report.sign_offs) - count
    more = f'<p class="more">{plural(left, "further entry", "further entries")} in sign-offs.json.</p>' if left else ""
    return (
        f"<section>{heading}<p>Whoever wrote a revision does not approve it. A sign-off holds for the revision whose "
        f"hash stands beside it, and for no other.</p>{table(SIGN_OFF_HEADS, rows, name='sign-offs')}{more}</section>"
    )


def changes(report: Report, heading: str) -> str:
    """heading: the chapter's own. Nothing where there is no package before this one."""
    if report.compared_with is None:
        return ""
    before = report.compared_with.strftime("%-d %B %Y, %H:%M UTC")
    if not report.changes:
        return f"<section>{heading}<p>Nothing, compared with the package of {before}.</p></section>"
    costs = (
        max(*(lines(str(side or "")[:VALUE], HALF) for side in (one.before, one.after)), 2) + 1
        for one in report.changes
    )
    count = report.room.fitting("changes", costs)
    rows = [
        (
            f"{text(AREAS.get(one.area, one.area).capitalize())}: {text(one.what, 100)}",
            _side(one, one.before),
            _side(one, one.after),
        )
        for one in report.changes[:count]
    ]
    left = len(report.changes) - count
    more = f'<p class="more">{plural(left, "further change")} in changes.json.</p>' if left else ""
    return (
        f"<section>{heading}<p>{plural(len(report.changes), 'change')} compared with the package of {before}.</p>"
        f"{table(CHANGE_HEADS, rows, name='changes')}{more}</section>"
    )


def _side(change: Change, value: str | None) -> str:
    if value is None:
        return "not there"
    if change.area == "controls" and value in set(Verdict):
        return chip(*VERDICTS[Verdict(value)])
    if DIGEST.fullmatch(value):
        return f"SHA-256 {code(value.removeprefix('sha256 ')[:16] + '…')}"
    return text(value, VALUE)
