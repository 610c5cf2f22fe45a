"""What is to be built: one option of a decision, on the platform that the answers name."""

from __future__ import annotations

from collections.abc import Mapping

from seal_advisor.core.record import Record

# Seal kind by hosting; where the answer names no provider, AWS KMS stands in as the one to be replaced.
CLOUD_SEALS = {
    "aws": "awskms",
    "azure": "azurekeyvault",
    "gcp": "gcpckms",
    "oci": "ocikms",
    "alibaba": "alicloudkms",
}
PLATFORM_TITLES = {
    "vault_community": "Vault Community",
    "vault_enterprise": "Vault Enterprise",
    "vault_enterprise_hsm": "Vault Enterprise HSM (+ent.hsm)",
    "openbao_2_6": "OpenBao 2.6",
    "openbao_2_7": "OpenBao 2.7",
    "hcp_vault": "HCP Vault Dedicated",
}
OPTION_TITLES = {
    "pkcs11": "HSM over PKCS#11",
    "cloud_kms": "cloud KMS",
    "shamir": "manual unseal (Shamir)",
    "transit": "another cluster's transit engine",
    "multi_seal": "several seals at once (Seal HA)",
    "kmip": "KMIP key server",
    "static": "static key",
}
CLUSTER = "prod-1"


class Design(Record):
    """One buildable design.

    platform: CONTRACT id, None when unanswered (then Vault without an edition is assumed and said).
    seals: kinds of the seal blocks in order of priority; empty for Shamir.
    answers: the decision's answers by question id; unanswered ones are absent or None.
    """

    option: str
    seals: tuple[str, ...]
    platform: str | None
    answers: Mapping[str, str | None]
    ruleset_version: str
    ruleset_sha256: str

    @property
    def product(self) -> str:
        return "openbao" if (self.platform or "").startswith("openbao") else "vault"

    @property
    def name(self) -> str:
        """The product as people call it."""
        return "OpenBao" if self.product == "openbao" else "Vault"

    @property
    def version(self) -> str | None:
        """The version that the answers name: `platform_version`, else the release line of the platform id."""
        given = self.answers.get("platform_version")
        if given:
            return given
        return {"openbao_2_6": "2.6", "openbao_2_7": "2.7"}.get(self.platform or "")

    @property
    def program(self) -> str:
        return "bao" if self.product == "openbao" else "vault"

    @property
    def prefix(self) -> str:
        """Of the environment variables that the command line reads."""
        return "BAO" if self.product == "openbao" else "VAULT"

    @property
    def user(self) -> str:
        """System user, unit and folder names follow the packages."""
        return "openbao" if self.product == "openbao" else "vault"

    @property
    def folder(self) -> str:
        return "/etc/openbao" if self.product == "openbao" else "/etc/vault.d"

    @property
    def data(self) -> str:
        return f"/opt/{self.user}/data"

    @property
    def enterprise(self) -> bool:
        return (self.platform or "").startswith("vault_enterprise")

    @property
    def automatic(self) -> bool:
        """Whether nodes unseal with nobody present."""
        return self.option != "shamir"

    @property
    def shares(self) -> tuple[int, int]:
        """(shares, threshold) of the unseal or recovery key."""
        return (5, 4) if self.answers.get("share_scheme") == "nearly_all" else (5, 3)

    @property
    def demands_fips(self) -> bool:
        return (self.answers.get("fips_level") or "none") != "none" or (
            (self.answers.get("fips_standard") or "none") != "none"
        )

    @property
    def fips_build(self) -> bool:
        """Whether the binary itself is the FIPS build: only Vault Enterprise has one, and only `whole_product` asks."""
        return self.enterprise and self.demands_fips and self.answers.get("fips_scope") == "whole_product"

    @property
    def tls12_only(self) -> bool:
        """A build that is no FIPS build offers ChaCha20 in TLS 1.3, and no setting takes it away."""
        return self.demands_fips and not self.fips_build

    @property
    def plugins(self) -> tuple[str, ...]:
        """Seals that OpenBao 2.7 loads as KMS plugins."""
        if self.platform != "openbao_2_7":
            return ()
        return tuple(seal for seal in self.seals if seal not in {"static", "transit", "kmip"})


def seals_of(option: str, answers: Mapping[str, str | None]) -> tuple[str, ...]:
    """The seal kinds that realise an option on the hosting that the answers name."""
    cloud = CLOUD_SEALS.get(answers.get("hosting") or "", "awskms")
    if option == "cloud_kms":
        return (cloud,)
    if option == "multi_seal":
        with_hsm = answers.get("platform") == "vault_enterprise_hsm" and (answers.get("hsm") or "none") != "none"
        return ("pkcs11", cloud) if with_hsm else (cloud, cloud)
    return () if option == "shamir" else (option,)
