"""A restart, planned or not: what must be reachable, and what to do when a node stays sealed."""

from __future__ import annotations

from seal_advisor.core.design import Design
from seal_advisor.core.runbook import OPERATOR, Runbook, Step, Text
from seal_advisor.core.seals import SEALS


def _automatic(design: Design) -> list[Step]:
    seals = ", ".join(SEALS[kind].title for kind in dict.fromkeys(design.seals))
    return [
        Step(
            "Before: is the seal reachable from this node?",
            OPERATOR,
            f'journalctl -u {design.user} --since "-1 hour" | grep -iE "seal (backend|health)"',
            "no line that says the seal is unreachable or unhealthy. If there is one: stop, a restart would stay "
            "sealed.",
            f"Every start needs: {seals}.",
        ),
        Step(
            "Restart the standby nodes one by one",
            OPERATOR,
            f"systemctl restart {design.user}; sleep 20; {design.program} status",
            "`Sealed false` within the recovery time, then the next node",
        ),
        Step(
            "Hand over and restart the leader",
            OPERATOR,
            f"{design.program} operator step-down; systemctl restart {design.user}; {design.program} status",
            "another node says `HA Mode active`; this one comes back as standby",
        ),
        Step(
            "If a node stays sealed",
            OPERATOR,
            f"journalctl -u {design.user} -n 200 | grep -iE 'error|seal'",
            "the cause, by the first line that names it: `Error configuring seal` or `Error parsing Seal "
            "configuration` (wrong value, credentials, network), `CKR_PIN_INCORRECT` (wrong PIN or a newline in its "
            "file: stop, retries lock the token), `message authentication failed` (another key than the data's). "
            "Never initialise again.",
            "Recovery keys cannot open it. Bring the seal back; data are not lost while the seal key exists.",
        ),
    ]


def _manual(design: Design) -> list[Step]:
    shares, threshold = design.shares
    return [
        Step(
            "Call the holders before a planned restart",
            OPERATOR,
            "",
            f"{threshold} of {shares} holders have confirmed that they are there",
            "Nothing starts without them (R035).",
        ),
        Step(
            "Restart one node and unseal it",
            f"{OPERATOR} and {threshold} key holders",
            f"systemctl restart {design.user}\n{design.program} operator unseal    # each holder, own terminal, "
            "at the prompt",
            f"`Unseal Progress` to {threshold}/{threshold}, then `Sealed false`. Then the next node, the leader last.",
            "Two nodes down at once lose the quorum of three.",
        ),
        Step(
            "Record the drill",
            OPERATOR,
            f"{design.program} status -format=json",
            '`"sealed": false`. Note who came and how long it took; repeat within 90 days (C-ST-03).',
        ),
    ]


def _text(design: Design) -> Text:
    steps = _automatic(design) if design.automatic else _manual(design)
    sources = tuple(
        source
        for kind in dict.fromkeys(design.seals or ("shamir",))
        for source in SEALS[kind].documentation(design.product)
    )
    return Text((), tuple(steps), sources)


RUNBOOK = Runbook("unseal", "Restart and unseal", _text)
