"""`pkcs11-tool --list-objects`, `--list-slots`, `--list-mechanisms`, `--show-info` of OpenSC, as text.

The tool prints the key itself (`VALUE:`) when it may leave the token; that line is redacted and stays a fact.
SOURCE: OpenSC 0.23 (captures); https://github.com/OpenSC/OpenSC
"""

from __future__ import annotations

import re

from evidence.core.facts import Declared, HsmObject, HsmObjectsFacts
from seal_advisor.core.regex import regex

KIND = HsmObjectsFacts.KIND
TITLE = "pkcs11-tool listing"
FORM = "text"

_OBJECT = regex(r"^((?:Private Key|Public Key|Secret Key|Certificate|Data|Profile) [Oo]bject);?[ \t]{0,8}(.{0,200})$")
_FIELD = regex(r"^[ \t]{1,8}([A-Za-z /]{1,24}?)[ \t]{0,16}:[ \t]{1,16}(.{0,400})$")
_MECHANISM = regex(r"^[ \t]{1,8}([A-Z][A-Z0-9_\-]{2,60})(?:,|$)")
_HEAD = regex(
    r"(?m)^(?:(?:Private|Public|Secret) Key Object; |Available slots:|Supported mechanisms:|Cryptoki version \d"
    r"|error: PKCS11 function C_)"
)
_FAILED = regex(r"(?m)^error: PKCS11 function (C_\w{1,40}) failed: rv = (CKR_\w{1,60})")


def matches(head: str) -> bool:
    return bool(_HEAD.search(head))


def parse(text: str, declared: Declared) -> HsmObjectsFacts:
    objects: list[HsmObject] = []
    tokens: list[tuple[str, str]] = []
    mechanisms: list[str] = []
    fields: dict[str, str] = {}
    listing_mechanisms = False
    for number, line in enumerate(text.splitlines(), start=1):
        head = _OBJECT.match(line)
        if head:
            fields = {
                "kind": f"{head.group(1).removesuffix(' Object')}; {head.group(2)}".strip("; "),
                "line": str(number),
            }
            objects.append(_object(fields))
            continue
        if line.startswith("Supported mechanisms:"):
            listing_mechanisms = True
            continue
        field = _FIELD.match(line)
        mechanism = _MECHANISM.match(line) if listing_mechanisms else None
        if mechanism:
            mechanisms.append(mechanism.group(1))
        elif field and objects and fields:
            fields[field.group(1).strip().lower()] = field.group(2).strip()
            objects[-1] = _object(fields)
        elif field:
            tokens += _token(field.group(1).strip(), field.group(2).strip())
    failed = _FAILED.search(text)
    return HsmObjectsFacts(
        objects=tuple(objects),
        tokens=tuple(tokens),
        mechanisms=tuple(mechanisms),
        software=True if re.search(r"SoftHSM", text) else None,
        inconclusive=f"{failed.group(1)} failed: {failed.group(2)}" if failed and not objects else "",
    )


def _token(name: str, value: str) -> list[tuple[str, str]]:
    wanted = {"token label", "token manufacturer", "token model", "serial num", "firmware version", "Manufacturer"}
    return [(name.lower(), value)] if name in wanted else []


def _object(fields: dict[str, str]) -> HsmObject:
    def words(name: str) -> frozenset[str]:
        return frozenset(word.strip() for word in fields.get(name, "").split(",") if word.strip() not in ("", "none"))

    return HsmObject(
        kind=fields["kind"],
        label=fields.get("label", ""),
        id=fields.get("id", ""),
        line=int(fields["line"]),
        usage=words("usage"),
        attributes=words("access"),
        value_shown="value" in fields,
    )
