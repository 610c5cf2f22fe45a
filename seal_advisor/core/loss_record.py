"""The losses of `blast_radius` for a record: a headline for lists, a chapter of Markdown, lines for a table."""

from __future__ import annotations

from collections.abc import Sequence

from seal_advisor.core import blast_radius
from seal_advisor.core.blast_radius import DATA, OPTIONS, RESTART, SERVE, Loss, RecoveryKeys
from seal_advisor.core.record import Record


class LossLine(Record):
    """One loss, said shortly. worst: for ever, whatever else holds."""

    title: str
    running: str
    restart: str
    data: str
    lasts: str
    worst: bool


def headline(option_id: str, platform: str | None) -> str:
    """What a board should know of an option's losses, in one or two sentences; "" for an option without any.

    >>> headline("shamir", "vault_community")
    'Data lost for ever with: The key holders; The seal key of a snapshot. No restart without: The key holders.'
    """
    if option_id not in OPTIONS:
        return ""
    found = blast_radius.losses(option_id, platform=platform)
    said = (
        ("Data lost for ever with", [one.title for one in found if one.data == "for_ever"]),
        ("No restart without", [one.title for one in found if one.restart == "no"]),
    )
    sentences = [f"{words}: {'; '.join(titles)}." for words, titles in said if titles]
    return " ".join(sentences) or "No single loss takes data for ever or prevents a restart."


def lines(option_id: str, platform: str | None) -> tuple[LossLine, ...]:
    """Every loss that can happen to the option, those that take data for ever first."""
    if option_id not in OPTIONS:
        return ()
    found = [_line(one) for one in blast_radius.losses(option_id, platform=platform)]
    return tuple(sorted(found, key=lambda one: not one.worst))


def _line(loss: Loss) -> LossLine:
    otherwise = f"; {DATA[loss.otherwise]}, if {loss.otherwise_when}" if loss.otherwise else ""
    return LossLine(
        title=loss.title,
        running=SERVE[loss.serve],
        restart=RESTART[loss.restart],
        data=f"{DATA[loss.data]}{otherwise}",
        lasts=loss.lasts,
        worst=loss.data == "for_ever",
    )


def recovery_sentences(keys: RecoveryKeys) -> tuple[str, ...]:
    """What recovery keys cannot and can do, in the order in which it matters."""
    said = [f"{keys.title}."] if keys.title else []
    said += [f"They cannot {'; '.join(keys.cannot)}."] if keys.cannot else []
    said += [f"They can {'; '.join(keys.can)}."] if keys.can else []
    return tuple(one for one in (*said, keys.condition, keys.conclusion) if one)


def markdown(options: Sequence[tuple[str, str]], platform: str | None) -> list[str]:
    """The chapter of a decision record. options: (id, title) of those recommended; nothing where there is none."""
    known = [(name, title) for name, title in options if name in OPTIONS]
    if not known:
        return []
    parts = ["### If a part of the seal is lost", ""]
    for name, title in known:
        parts += [f"{title}:", ""]
        parts += ["| lost | running nodes | restart | data lost | how long |", "|---|---|---|---|---|"]
        parts += [
            f"| {one.title} | {one.running} | {one.restart} | {one.data} | {one.lasts} |"
            for one in lines(name, platform)
        ]
        parts += [""]
    keys = blast_radius.recovery_keys(platform=platform)
    parts += [*(f"- {one}" for one in recovery_sentences(keys))]
    parts += [f"- Source: {one}" for one in keys.sources]
    return [*parts, ""]
