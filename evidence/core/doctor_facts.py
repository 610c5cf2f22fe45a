"""What `seal-advisor doctor` found on a node: the seal as the server would use it, tried out.

`None` means "not tried" or "the library does not say", never "no". Nothing here is a secret: the report never held one.
"""

from __future__ import annotations

from datetime import datetime

from evidence.core.facts import HsmObject, HsmObjectsFacts
from seal_advisor.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class DoctorCheck(Record):
    """One check. state: "ok", "failed", "warned", "not_run". signature: id in `evidence.core.signatures`, or ""."""

    id: str
    state: str
    message: str
    signature: str = ""
    line: int | None = None


class DoctorKey(Record):
    """One object on the token that carries the seal's label or id.

    role: "wrapping" or "hmac". object_class: "secret", "private", "public". bits: None when the library does not say.
    selected: label and id both fit, so this is a key that the seal may take. line: where it stands in the report.
    """

    role: str
    object_class: str
    key_type: str
    bits: int | None
    label: str
    id: str
    selected: bool
    token: bool | None
    sensitive: bool | None
    extractable: bool | None
    always_sensitive: bool | None
    never_extractable: bool | None
    local: bool | None
    line: int = 1


class DoctorPin(Record):
    """Where the PIN comes from.

    form: "file", "environment" (path is then the environment file, where one was named), "literal", "absent".
    mode: four octal digits. owner_basis: how server_user is known: "declared", "account" (there is one of that name),
    "assumed" (whoever ran the doctor). trailing_newline: None when it could not be read.
    """

    form: str
    path: str | None = None
    mode: str | None = None
    owner: str | None = None
    server_user: str | None = None
    owner_basis: str | None = None
    trailing_newline: bool | None = None
    single_slash: bool = False
    line: int | None = None


class DoctorSeal(Record):
    """One live seal. label: its kind, such as "pkcs11". labels: the key labels that the seal asks for.

    library_path, library_sha256: of the PKCS#11 library that was loaded. mechanism: number in
    effect; mechanism_basis: "configured", "best available", "by key type", or "".
    round_trip: whether the seal's own operation gave the plain text back.
    """

    label: str
    labels: tuple[str, ...]
    mechanism: int | None
    mechanism_basis: str
    oaep_hash: str | None
    software: bool | None
    keys: tuple[DoctorKey, ...]
    pin: DoctorPin | None
    round_trip: bool | None
    sessions_limit: int | None
    latency_ms: tuple[tuple[str, float], ...]
    checks: tuple[DoctorCheck, ...]
    library_path: str | None = None
    library_sha256: str | None = None
    library_line: int | None = None

    def listing(self) -> HsmObjectsFacts:
        """The keys in the words of a token's listing, so that one rule judges both."""
        objects = tuple(_object(key) for key in self.keys)
        why = next((check.message for check in self.checks if check.state == "failed"), "no key was read")
        return HsmObjectsFacts(objects, software=self.software, inconclusive="" if objects else why)


class DoctorFacts(Record):
    """The whole report. config_sha256: of the configuration that was tried; environment: names of variables used."""

    KIND: ClassVar[str] = "doctor"
    at: datetime | None
    node: str | None
    product: str | None
    config_sha256: str
    environment: tuple[str, ...]
    seals: tuple[DoctorSeal, ...]
    inconclusive: str = ""

    def of_kind(self, label: str) -> tuple[DoctorSeal, ...]:
        """The seals of one kind."""
        return tuple(seal for seal in self.seals if seal.label == label)


_CLASSES = {"secret": "Secret Key", "private": "Private Key", "public": "Public Key"}


def _object(key: DoctorKey) -> HsmObject:
    size = "" if key.bits is None else f" {key.bits} bits"
    return HsmObject(
        kind=f"{_CLASSES.get(key.object_class, key.object_class)}; {key.key_type}{size}",
        label=key.label,
        id=key.id,
        line=key.line,
        usage=frozenset(),
        attributes=_words(key),
    )


def _words(key: DoctorKey) -> frozenset[str]:
    """The attributes as pkcs11-tool names them. What the library does not say must not read as proof."""
    words = set()
    if key.extractable:
        words.add("extractable")
    if key.sensitive is False:
        words.add("not sensitive")
    if key.extractable is False and None not in (key.sensitive, key.never_extractable):
        words |= {"sensitive"} if key.sensitive else set()
        words |= {"never extractable"} if key.never_extractable else set()
    if key.always_sensitive:
        words.add("always sensitive")
    if key.local:
        words.add("local")
    return frozenset(words)
