"""Which keys and which mechanism the seal takes, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evidence.core.controls.c_kb_02 import REMAKE
from evidence.core.controls.c_kb_05 import number
from evidence.doctor import names
from evidence.doctor.checks import FAILED, OK, WARNED, Check, failed
from evidence.doctor.wanted import WantedSeal

# Vault's order where no mechanism is configured; OpenBao goes by the key's type.
BEST = (names.AES_CBC_PAD, names.AES_CBC, names.AES_GCM, names.RSA_OAEP, names.RSA_PKCS)
WITH_HMAC = (names.AES_CBC_PAD, names.AES_CBC)
WITH_RSA = (names.RSA_OAEP, names.RSA_PKCS)
RSA_BITS = 3072
Key = Mapping[str, Any]


def asked(seal: WantedSeal) -> list[dict[str, str]]:
    """What to look for: role, label, id (hex), as far as the seal names them."""
    found = []
    for role, prefix in (("wrapping", ""), ("hmac", "hmac_")):
        label = seal.text(f"{prefix}key_label") or seal.text(f"default_{prefix}key_label") or ""
        key_id = _id(seal.text(f"{prefix}key_id") or "")
        if label or key_id:
            found.append({"role": role, "label": label, "id": key_id})
    return found


def _id(text: str) -> str:
    """CKA_ID as hex: `0x...` is hex already, anything else stands for its own bytes.

    >>> _id("0x01"), _id("01")
    ('01', '3031')
    """
    if text.lower().startswith("0x"):
        try:
            return bytes.fromhex(text[2:]).hex()
        except ValueError:
            return text.encode().hex()
    return text.encode().hex()


def mechanism(
    seal: WantedSeal, product: str, keys: Sequence[Key], offered: Mapping[int, Any]
) -> tuple[int | None, str]:
    """(CKM number, how it is known); None when the configured one cannot be understood or nothing fits."""
    configured = seal.text("mechanism")
    if configured is not None:
        return number(configured.replace("-", "_")), "configured"
    is_rsa = any(key["role"] == "wrapping" and key["type"] == "RSA" for key in keys)
    if product == "openbao":
        return (names.RSA_OAEP if is_rsa else names.AES_GCM), "by key type"
    fitting = (each for each in BEST if each in offered and (each in WITH_RSA) == is_rsa)
    return next(fitting, None), "best available"


def judge(wanted: Sequence[Mapping[str, str]], keys: Sequence[Key], chosen: int | None) -> Iterator[Check]:
    """Exactly one key for each role that the mechanism needs, and none that can leave the token."""
    for each in wanted:
        if each["role"] == "hmac" and chosen not in WITH_HMAC:
            continue
        yield from _count(each, [key for key in keys if key["role"] == each["role"] and _may_wrap(key)])
    if chosen in WITH_HMAC and not any(each["role"] == "hmac" for each in wanted):
        message = "the mechanism needs an HMAC key, and none is named"
        yield Check("keys", FAILED, message, "what is wrapped could be changed unnoticed", 'hmac_key_label = "..."')
    for key in keys:
        if key["selected"] and _may_wrap(key) and (key["role"] == "wrapping" or chosen in WITH_HMAC):
            yield from _attributes(key)


def _may_wrap(key: Key) -> bool:
    return key["class"] in ("secret", "private")


def _named(wanted: Mapping[str, str]) -> str:
    return f"label {wanted['label']!r}" if wanted["label"] else f"id 0x{wanted['id']}"


def _count(wanted: Mapping[str, str], keys: Sequence[Key]) -> Iterator[Check]:
    named, selected = _named(wanted), [key for key in keys if key["selected"]]
    kind = "HMAC key" if wanted["role"] == "hmac" else "key"
    if not selected:
        why = f" (keys of that label have other ids than 0x{wanted['id']})" if keys else ""
        yield failed("keys", f"no objects found: no {kind} with {named} on the token{why}")
    elif len(selected) > 1:
        ids = ", ".join(f"0x{key['key_id']}" for key in selected)
        message = f"more than one {kind} with {named}: {len(selected)}, with the ids {ids}"
        cause = "PKCS#11 does not keep labels unique; the seal may take either, and decrypts nothing with the wrong one"
        response = "stop the nodes; find the key in use, set key_id, rename the other; delete none"
        yield failed("keys", message, cause=cause, response=response)
    else:
        key = selected[0]
        bits = f" of {key['bits']} bits" if key["bits"] else ""
        yield Check("keys", OK, f"one {kind} with {named}: {key['type']}{bits}, id 0x{key['key_id']}")
        if len(keys) > 1:
            message = f"{len(keys)} keys with {named}; only key_id tells them apart"
            yield Check("key_labels", WARNED, message, "", "rename the key that is not in use; delete none")


def _attributes(key: Key) -> Iterator[Check]:
    """Sensitive, never extractable, made inside; what the library does not say is not taken for yes."""
    named = f"key {key['key_label'] or key['key_id']}"
    wrong = [
        (key["extractable"], True, FAILED, "can leave the token: it is extractable"),
        (key["sensitive"], False, FAILED, "is not sensitive: its value may be shown"),
        (key["never_extractable"], False, FAILED, "was extractable once: a copy may exist"),
        (key["local"], False, WARNED, "was not made in this token: a copy may exist outside"),
    ]
    found = [(state, words) for value, bad, state, words in wrong if value is bad]
    unsaid = [name for name in ("extractable", "sensitive", "never_extractable", "local") if key[name] is None]
    if found:
        state = FAILED if any(each == FAILED for each, _ in found) else WARNED
        message = f"{named} {', '.join(words for _, words in found)}"
        yield Check("key_attributes", state, message, "whoever logs in may copy the key, or did", REMAKE)
    elif unsaid:
        message = f"{named}: the library does not say {', '.join(unsaid)}"
        yield Check("key_attributes", WARNED, message, "", "read them with the vendor's own tool")
    else:
        yield Check("key_attributes", OK, f"{named}: sensitive, never extractable, made in this token")


def judge_mechanism(
    chosen: int | None,
    name: str | None,
    basis: str,
    oaep: str | None,
    offered: Mapping[int, Any],
    mac: int,
    keys: Sequence[Key],
) -> Iterator[Check]:
    """Whether token and key can do what the seal would ask of them."""
    if chosen is None:
        message = "no mechanism that the seal knows" if basis == "configured" else "the token offers none that fits"
        yield failed("mechanism", message, default="T17")
        return
    if chosen not in BEST:
        yield failed("mechanism", f"{name} is none that the seal uses", default="T17")
        return
    if oaep is not None and oaep not in names.OAEP:
        yield failed("mechanism", f"rsa_oaep_hash {oaep!r} is none of {', '.join(names.OAEP)}", default="T18")
        return
    needed = [chosen, *([mac] if chosen in WITH_HMAC else [])]
    lacking = [each for each in needed if each not in offered]
    if lacking:
        text = f"CKR_MECHANISM_INVALID: the token does not offer {' and '.join(f'0x{each:04x}' for each in lacking)}"
        yield failed("mechanism", f"{name}: {text}")
        return
    key = next(key for key in keys if key["role"] == "wrapping" and key["selected"] and _may_wrap(key))
    if (key["type"] == "RSA") != (chosen in WITH_RSA):
        yield failed("mechanism", f"{name} does not fit a key of type {key['type']}", default="T17")
        return
    if chosen == names.RSA_PKCS or (chosen in WITH_RSA and (key["bits"] or 0) < RSA_BITS):
        message = f"{name} with {key['bits']} bits works and is weak: C-KB-05 asks for OAEP and {RSA_BITS} bits"
        yield Check("mechanism", WARNED, message, "", 'use AES: mechanism = "0x1087"')
        return
    hashed = f" with {oaep}" if oaep else ""
    yield Check("mechanism", OK, f"{name}{hashed} ({basis}): the token offers it")
