"""Seal migration: only the paths that the product supports, and what to do instead where there is none."""

from __future__ import annotations

from seal_advisor.core.design import OPTION_TITLES, Design
from seal_advisor.core.runbook import HOLDER, OPERATOR, Runbook, Step, Text
from seal_advisor.core.runbooks.first_start import config_file

_VAULT = "https://developer.hashicorp.com/vault/docs/concepts/seal#seal-migration"
_VAULT_HA = "https://developer.hashicorp.com/vault/docs/configuration/seal/seal-ha"
_OPENBAO = "https://openbao.org/docs/concepts/seal/#seal-migration"


def supported(old: str, new: str) -> bool:
    """Whether a plain migration exists: Shamir to auto, auto to Shamir, one kind of auto to another.

    The same kind of seal with another key is not a migration (rule R081): the configuration can name only one of them.
    """
    return old != new


def _steps(design: Design, old: str) -> list[Step]:
    path, program = config_file(design), design.program
    to_shamir, from_shamir = design.option == "shamir", old == "shamir"
    if from_shamir:
        edit = "the new seal block is added; there is no old block"
    elif to_shamir:
        edit = 'the old seal block stays and gets disabled = "true"; there is no new block'
    else:
        edit = 'the old seal block stays and gets disabled = "true"; the new block stands beside it'
    shares = "the unseal key shares" if from_shamir else "the recovery key shares"
    after = "from now on they are the unseal keys" if to_shamir else "from now on they are the recovery keys"
    return [
        Step(
            "Prepare",
            OPERATOR,
            f"{program} operator raft snapshot save before-migration.snap\n{program} status -format=json",
            "a snapshot whose restore was tried, both seals reachable, a downtime window agreed",
            "Without the old seal there is no way back (R080).",
        ),
        Step(
            "Change the configuration on every node",
            OPERATOR,
            f"sha256sum {path}",
            f"{edit}; the same on every node",
        ),
        Step(
            "Restart the standby nodes, one by one, and migrate each",
            f"{OPERATOR} and every {HOLDER} needed",
            f"systemctl restart {design.user}\n{program} operator unseal -migrate    # each holder enters {shares}",
            "the log says `entering seal migration mode`; the node is unsealed after the last share",
        ),
        Step(
            "Hand over, and migrate the last node",
            f"{OPERATOR} and every {HOLDER} needed",
            f"{program} operator step-down; systemctl restart {design.user}\n{program} operator unseal -migrate",
            f"the log of the new leader says `seal migration complete`; {after}",
        ),
        Step(
            "Clean up and prove",
            OPERATOR,
            f"{program} status -format=json",
            _proof(from_shamir=from_shamir, to_shamir=to_shamir),
            "C-KB-01, C-RO-03.",
        ),
    ]


def _proof(*, from_shamir: bool, to_shamir: bool) -> str:
    seen = '`"type"` is the new seal' + ("" if to_shamir else ' and `"recovery_seal": true`') + "."
    if from_shamir:
        return seen
    return (
        f"{seen} Then remove the disabled block and restart the nodes. Keep the old seal key until every snapshot "
        "under it has expired."
    )


def _intro(design: Design, old: str) -> list[str]:
    intro = [
        (
            "Supported with downtime and both seals reachable: Shamir to an auto-unseal, an auto-unseal to Shamir, one "
            "kind of auto-unseal to another kind. Not supported: the same kind with another key (such as awskms to "
            "awskms); rotate the key instead (rotation.md)."
        ),
    ]
    if design.enterprise:
        intro.append(
            "Vault Enterprise 1.16 and later can also move between two auto-unseals online: both as live seals with "
            "enable_multiseal, then the old one removed. Shamir cannot take part in that (R082)."
        )
    if old == "nothing":
        intro.append(
            "The answers name no seal that is in use today. Keep this for the day on which the seal is changed."
        )
    elif not supported(old, design.option):
        intro.append(
            f"Today's seal is of the same kind as the new one ({OPTION_TITLES.get(old, old)}). That is no seal "
            "migration: keep the key, or rotate it, or go over another kind of seal in two migrations (R081)."
        )
    else:
        intro.append(f"Here: from {OPTION_TITLES.get(old, old)} to {OPTION_TITLES[design.option]}.")
    if design.product == "vault" and design.option == "pkcs11":
        intro.append(
            "Known issue of Vault Enterprise 1.16 and later: migrating from Shamir to an HSM in an HA cluster can "
            "leave duplicate keys on the token. Make the keys first and keep generate_key false (R091)."
        )
    return intro


def _text(design: Design) -> Text:
    old = design.answers.get("migrating_from") or "nothing"
    steps: list[Step] = []
    if old != "nothing" and supported(old, design.option):
        steps = _steps(design, old)
    sources = (_OPENBAO,) if design.product == "openbao" else (_VAULT, _VAULT_HA)
    return Text(tuple(_intro(design, old)), tuple(steps), sources)


RUNBOOK = Runbook("migration", "Seal migration", _text)
