"""`vault license get -format=json` and `sys/license/status` (Vault Enterprise): until when, and with which features.

SOURCE: https://developer.hashicorp.com/vault/api-docs/system/license
"""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import Declared
from evidence.core.facts.cluster import LicenseFacts
from evidence.core.key_log import inner, text
from evidence.core.scan import iso
from evidence.core.sniff import is_json

KIND = LicenseFacts.KIND
TITLE = "Vault Enterprise licence status"
FORM = "json"


def matches(head: str) -> bool:
    return is_json(head) and '"license_id"' in head and '"expiration_time"' in head and '"features"' in head


def parse(text_: str, declared: Declared) -> LicenseFacts:
    document = json_text.load(text_)
    about = inner(document, "data") if isinstance(inner(document, "data"), dict) else document
    autoloaded = inner(about, "autoloaded")
    loaded = autoloaded if isinstance(autoloaded, dict) else about
    features, expires = inner(loaded, "features"), iso(text(loaded, "expiration_time"))
    return LicenseFacts(
        expires=expires,
        terminates=iso(text(loaded, "termination_time")),
        features=tuple(str(each) for each in features) if isinstance(features, list) else (),
        inconclusive="" if expires else "no readable expiration_time",
    )
