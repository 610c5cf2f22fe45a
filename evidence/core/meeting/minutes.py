"""The record of one review, as JSON for machines and as Markdown for people: who met, what was said and decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from evidence.core.manifest import moment
from evidence.core.meeting.agenda import Item
from evidence.core.meeting.votes import Tally, Vote, dissent, standing, tally
from seal_advisor.core.adr import plain
from seal_advisor.core.record import Record

CHOICE_WORDS = {
    "approve": "approves",
    "conditions": "approves with conditions",
    "reject": "rejects",
    "abstain": "abstains",
}
KIND_WORDS = {
    "conflict": "Contradiction",
    "red_control": "Red control",
    "unsure": "Not sure",
    "open_question": "Not answered",
    "stale": "Stale evidence",
    "waiver": "Waiver",
    "remark": "Remark",
    "warning": "Warning",
    "new_evidence": "New evidence",
}


class Said(Record):
    """One entry of a thread. does: "" for words, "resolve" or "reopen"."""

    who: str
    text: str
    at: datetime
    does: str = ""


class Thread(Record):
    """A remark and its answers, oldest first. about: the thing in words."""

    subject: str
    about: str
    entries: tuple[Said, ...]
    resolved: bool


class Piece(Record):
    """One artefact of the frozen evidence set. sha256: of the original bytes; stored_sha256: of the redacted ones."""

    id: str
    name: str
    sha256: str
    stored_sha256: str


class Meeting(Record):
    """Everything that the minutes say. sentence: the decision. authors: who may not approve it, and why it is known.

    closed_by: who closed the meeting at closed_at.
    """

    design: str
    number: int
    revision: int
    sentence: str
    decision_sha256: str
    ruleset: str
    ruleset_sha256: str
    authors: tuple[str, ...]
    opened_by: str
    opened_at: datetime
    quorum: int
    agenda: tuple[Item, ...]
    threads: tuple[Thread, ...]
    votes: tuple[Vote, ...]
    evidence: tuple[Piece, ...]
    closed_by: str
    closed_at: datetime

    @property
    def tally(self) -> Tally:
        return tally(self.votes, self.quorum)


def outcome(meeting: Meeting) -> str:
    """What the votes decided, in one sentence."""
    count = meeting.tally
    told = f"{count.approve + count.conditions} for, {count.reject} against, {count.abstain} abstained"
    if count.missing:
        return f"Not approved: {count.missing} of the quorum of {count.quorum} votes were missing ({told})."
    if not count.approved:
        return f"Not approved ({told})."
    return f"Approved{' with conditions' if count.conditions else ''} ({told}; quorum {count.quorum})."


def document(meeting: Meeting) -> dict[str, Any]:
    """The plain record of the review: what a package, the report and the API carry. Moments as RFC 3339 text."""
    return {
        "format": "seal-advisor/review",
        "version": 1,
        "design": meeting.design,
        "review": meeting.number,
        "revision": meeting.revision,
        "decision": meeting.sentence,
        "decision_sha256": meeting.decision_sha256,
        "ruleset": {"version": meeting.ruleset, "sha256": meeting.ruleset_sha256},
        "authors": list(meeting.authors),
        "opened": {"by": meeting.opened_by, "at": moment(meeting.opened_at)},
        "closed": {"by": meeting.closed_by, "at": moment(meeting.closed_at)},
        "approved": meeting.tally.approved,
        "outcome": outcome(meeting),
        "quorum": meeting.quorum,
        "votes": [_vote(one) for one in standing(meeting.votes)],
        "agenda": [
            {"kind": one.kind, "subject": one.subject, "title": one.title, "detail": one.detail}
            for one in meeting.agenda
        ],
        "remarks": [_thread(one) for one in meeting.threads],
        "evidence": [
            {"artefact": one.id, "name": one.name, "sha256": one.sha256, "stored_sha256": one.stored_sha256}
            for one in meeting.evidence
        ],
    }


def _vote(vote: Vote) -> dict[str, Any]:
    return {
        "who": vote.who,
        "choice": vote.choice,
        "reason": vote.reason,
        "at": moment(vote.at),
        "conditions": [{"text": one.text, "owner": one.owner, "due": one.due.isoformat()} for one in vote.conditions],
    }


def _thread(thread: Thread) -> dict[str, Any]:
    return {
        "subject": thread.subject,
        "resolved": thread.resolved,
        "entries": [
            {"who": one.who, "text": one.text, "does": one.does, "at": moment(one.at)} for one in thread.entries
        ],
    }


def minutes(meeting: Meeting) -> str:
    """The minutes as Markdown. Every text of a person is escaped: it is text, not markup."""
    return "\n".join([*_head(meeting), *_decided(meeting), *_discussed(meeting), *_frozen(meeting)]).rstrip() + "\n"


def _head(meeting: Meeting) -> list[str]:
    return [
        f"# Minutes: review {meeting.number} of {plain(meeting.design)}",
        "",
        f"- Decision under review: **{plain(meeting.sentence)}** (revision {meeting.revision})",
        f"- Decision, sha256: `{meeting.decision_sha256}`",
        f"- Ruleset: {plain(meeting.ruleset)}, sha256 `{meeting.ruleset_sha256}`",
        f"- Authors, who do not approve: {_names(meeting.authors)}",
        f"- Opened by {plain(meeting.opened_by)}, {moment(meeting.opened_at)}",
        f"- Closed by {plain(meeting.closed_by)}, {moment(meeting.closed_at)}",
        "",
        "## Outcome",
        "",
        outcome(meeting),
        "",
    ]


def _names(people: Sequence[str]) -> str:
    return ", ".join(plain(name) for name in people) or "nobody"


def _decided(meeting: Meeting) -> list[str]:
    lines = ["## Votes", ""]
    lines += [_vote_line(vote) for vote in standing(meeting.votes)] or ["No vote was cast."]
    lines += ["", "## Dissent", ""]
    lines += [f"- {plain(vote.who)}: {plain(vote.reason)}" for vote in dissent(meeting.votes)] or ["None."]
    lines += ["", "## Action items", ""]
    conditions = [one for vote in standing(meeting.votes) for one in vote.conditions]
    if not conditions:
        return [*lines, "None.", ""]
    lines += ["| what | owner | due |", "|---|---|---|"]
    return [*lines, *(f"| {plain(one.text)} | {plain(one.owner)} | {one.due} |" for one in conditions), ""]


def _vote_line(vote: Vote) -> str:
    reason = f": {plain(vote.reason)}" if vote.reason else ""
    return f"- {plain(vote.who)} {CHOICE_WORDS[vote.choice]}, {moment(vote.at)}{reason}"


def _discussed(meeting: Meeting) -> list[str]:
    lines = ["## Agenda", ""]
    lines += list(_items(meeting.agenda)) or ["No open point."]
    lines += ["", "## Remarks", ""]
    for thread in meeting.threads:
        state = "resolved" if thread.resolved else "open"
        lines += [f"### {plain(thread.about)} ({state})", ""]
        lines += [_entry(one) for one in thread.entries]
        lines.append("")
    return [*lines, *([] if meeting.threads else ["None.", ""])]


def _items(agenda: Sequence[Item]) -> Iterator[str]:
    for number, item in enumerate(agenda, 1):
        detail = f": {plain(item.detail)}" if item.detail else ""
        yield f"{number}. {KIND_WORDS[item.kind]}: **{plain(item.title)}**{detail}"


def _entry(one: Said) -> str:
    did = {"": "", "resolve": " (resolved it)", "reopen": " (opened it again)"}[one.does]
    return f"- {plain(one.who)}, {moment(one.at)}{did}: {plain(one.text)}".rstrip(": ")


def _frozen(meeting: Meeting) -> list[str]:
    lines = ["## Evidence set", ""]
    if not meeting.evidence:
        return [*lines, "No evidence: the answers and the decision alone were reviewed."]
    return [*lines, *(f"- {plain(one.name)}, sha256 `{one.sha256}`" for one in meeting.evidence)]
