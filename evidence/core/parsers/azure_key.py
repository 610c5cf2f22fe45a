"""`az keyvault key show`, `az keyvault show` and the REST answers behind them: a key, the vault or managed HSM.

kty RSA-HSM, EC-HSM and oct-HSM are kept in an HSM; a recovery level with Purgeable can be destroyed for good before the
retention ends. SOURCE: https://learn.microsoft.com/rest/api/keyvault/keys/get-key/get-key and
https://learn.microsoft.com/rest/api/keyvault/managed-hsms/get
"""

from __future__ import annotations

from datetime import datetime

from evidence.core import json_text
from evidence.core.facts import Declared
from evidence.core.facts.kms import KmsKeyFacts, KmsVaultFacts
from evidence.core.key_log import Json, inner, text
from evidence.core.refusal import Refused
from evidence.core.scan import epoch, iso
from evidence.core.sniff import is_json, top_keys

KIND = KmsKeyFacts.KIND
TITLE = "Azure key, key vault or managed HSM"
FORM = "json"

_SETTINGS = ('"enablePurgeProtection"', '"enableSoftDelete"', '"softDeleteRetentionInDays"')


def matches(head: str) -> bool:
    """A key with its attributes, or a vault with its properties."""
    if not is_json(head) or head.lstrip()[0] != "{":
        return False
    keys = top_keys(head)
    if {"key", "attributes"} <= keys:
        return '"kty"' in head and '"kid"' in head
    return "properties" in keys and "Microsoft.KeyVault/" in head and any(word in head for word in _SETTINGS)


def parse(text_: str, declared: Declared) -> KmsKeyFacts | KmsVaultFacts:
    document = json_text.load(text_)
    if not isinstance(document, dict):
        raise Refused("a key's description is one JSON object", "hand in the output of `az keyvault key show`", 1)
    return _key(document) if isinstance(document.get("key"), dict) else _vault(document)


def _key(document: Json) -> KmsKeyFacts:
    kind, level = text(document, "key", "kty"), text(document, "attributes", "recoveryLevel")
    enabled, exportable = inner(document, "attributes", "enabled"), inner(document, "attributes", "exportable")
    days = inner(document, "attributes", "recoverableDays")
    return KmsKeyFacts(
        provider="azure",
        key=text(document, "key", "kid") or "",
        # `managed` marks the key of a certificate or a storage account, which the service looks after.
        customer_managed=inner(document, "managed") is not True,
        state=("enabled" if enabled else "disabled") if isinstance(enabled, bool) else None,
        protection=("hsm" if kind.endswith("-HSM") else "software") if kind else None,
        origin=None,
        algorithm=kind,
        created=_moment(inner(document, "attributes", "created")),
        deletes_after_days=days if isinstance(days, int) else None,
        purgeable="Purgeable" in level if level else None,
        exportable=exportable if isinstance(exportable, bool) else None,
        inconclusive="" if isinstance(enabled, bool) else "the description does not say whether the key is enabled",
    )


def _vault(document: Json) -> KmsVaultFacts:
    about = inner(document, "properties")
    purge, days = inner(about, "enablePurgeProtection"), inner(about, "softDeleteRetentionInDays")
    status, regions = text(about, "securityDomainProperties", "activationStatus"), inner(about, "regions")
    whole = "managedHSMs" in (text(document, "type") or "")
    return KmsVaultFacts(
        name=text(document, "name") or "",
        kind="managed_hsm" if whole else "vault",
        # The service leaves the setting out, or writes null, where it was never switched on.
        purge_protection=purge is True,
        soft_delete_days=days if isinstance(days, int) else None,
        activated=status == "Active" if status else None,
        regions=tuple(sorted(filter(None, (text(each, "name") for each in regions))))
        if isinstance(regions, list)
        else (),
    )


def _moment(value: object) -> datetime | None:
    """ISO text of the CLI, seconds since 1970 of the REST answer."""
    return epoch(value) if isinstance(value, (int, float)) else iso(value)
