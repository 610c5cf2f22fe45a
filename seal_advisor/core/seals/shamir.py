"""Shamir: no seal block at all; people bring the shares of the unseal key to every node after every start."""

from __future__ import annotations

from seal_advisor.core.seal_kind import SealKind

SEAL = SealKind(
    name="shamir",
    title="Shamir key shares",
    option="shamir",
    parameters=(),
    platforms={
        "vault_community": "built in",
        "vault_enterprise": "built in",
        "vault_enterprise_hsm": "built in",
        "openbao_2_6": "built in",
        "openbao_2_7": "built in",
    },
    unknown_keys={"vault": "ignored", "openbao": "ignored"},
    start_checks=("the threshold of key holders can be gathered within the recovery time objective",),
    sources=(
        "https://developer.hashicorp.com/vault/docs/concepts/seal",
        "https://developer.hashicorp.com/vault/docs/commands/operator/init",
    ),
)
