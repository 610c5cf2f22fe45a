"""`vault version` or `bao version`: product, number and edition as printed.

SOURCE: OpenBao 2.7.2 prints `OpenBao v2.7.2 (sha), committed ...`; Vault Enterprise has its edition behind a plus sign
(https://developer.hashicorp.com/vault/docs/enterprise/fips).
"""

from __future__ import annotations

from evidence.core.facts import Declared, VersionFacts
from evidence.core.refusal import Refused
from seal_advisor.core.regex import regex

KIND = VersionFacts.KIND
TITLE = "version of Vault or OpenBao"
FORM = "text"

_VERSION = regex(
    r"\A\s*(Vault|OpenBao) v(\d+\.\d+\.\d+(?:-[0-9A-Za-z.]{1,32})?)(?:\+([0-9A-Za-z.\-]{1,64}))?(?=[\s,(]|\Z)"
)


def matches(head: str) -> bool:
    """The line of the version alone: a longer text (a diagnose report, say) is something else."""
    return bool(_VERSION.match(head)) and len(head.strip().splitlines()) == 1


def parse(text: str, declared: Declared) -> VersionFacts:
    match = _VERSION.match(text)
    if match is None:
        raise Refused("no version of Vault or OpenBao", "hand in the output of `vault version`", 1)
    return VersionFacts("openbao" if match.group(1) == "OpenBao" else "vault", match.group(2), match.group(3) or "")
