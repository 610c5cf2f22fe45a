"""Begin an upload, take its pieces in, make evidence of it when it is whole, forget it when its time is over."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import IO, Any, BinaryIO, Protocol, cast

from django.conf import settings
from django.http import UnreadablePostError

from evidence import services
from evidence.core.redaction import safe_name
from evidence.core.upload import Declared, Refused
from evidence.models import ResumableUpload
from evidence.resumable import store
from seal_advisor.access import Actor
from seal_advisor.models import Design

LIVES = timedelta(days=1)
AT_ONCE = 50  # unfinished uploads of one person in one design
READ_BYTES = 1 << 20


class TooMany(Exception):
    """The person has too many unfinished uploads in this design."""


class ChecksumMismatch(Exception):
    """The piece is not what its Upload-Checksum says. Nothing of it was kept."""


class TooLong(Exception):
    """The piece reaches beyond the length that was announced. Nothing of it was kept."""


class Elsewhere(Exception):
    """The piece does not begin where the upload ends. Nothing of it was kept."""


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def begin(
    design: Design, *, actor: Actor, length: int, said: Mapping[str, str], now: datetime
) -> tuple[ResumableUpload, str]:
    """A new upload and its key, which goes into its URL and nowhere else. Raises TooMany.

    said: kept without whatever in it is a secret; it outlives a broken upload by a day.
    """
    mine = ResumableUpload.objects.filter(design=design, user=actor.user, artefact=None, refusal=None)
    if mine.filter(expires_at__gt=now).count() >= AT_ONCE:
        raise TooMany(f"finish or delete one of your {AT_ONCE} unfinished uploads first")
    key = secrets.token_hex(24)
    upload = ResumableUpload.objects.create(
        design=design,
        user=actor.user,
        key_digest=_digest(key),
        length=length,
        said={name: safe_name(text) for name, text in said.items()},
        expires_at=now + LIVES,
    )
    return upload, key


def opens(upload: ResumableUpload, key: str) -> bool:
    """Whether the key is the upload's."""
    return hmac.compare_digest(_digest(key), upload.key_digest)


def take(
    upload: ResumableUpload, key: str, body: Readable, *, at: int, checksum: tuple[str, bytes] | None, announced: int
) -> None:
    """Append a piece that begins at this offset. Without a checksum, what arrived before the line broke is kept.

    checksum: (algorithm of hashlib, digest). announced: Content-Length of the piece. Raises store.Busy, Elsewhere,
    ChecksumMismatch, TooLong; UnreadablePostError after keeping what arrived.
    """
    _check_place(upload, at)
    with store.exclusively(upload.pk) as file:
        upload.refresh_from_db()
        _check_place(upload, at)  # another request may have written meanwhile
        if at + announced > upload.length:
            raise TooLong(f"{at} + {announced} bytes are more than the {upload.length} that were announced")
        writer = store.Writer(file, upload.pk, key, stored=upload.stored, offset=upload.offset)
        digest = hashlib.new(checksum[0]) if checksum else None
        left, broken = announced, None
        try:
            while left and (part := body.read(min(READ_BYTES, left))):
                left -= len(part)
                writer.write(part)
                if digest:
                    digest.update(part)
        except (UnreadablePostError, OSError) as error:
            broken = error
        if digest and checksum and (broken or digest.digest() != checksum[1]):
            raise ChecksumMismatch("the piece is not what its Upload-Checksum says; send it again")
        writer.settle()
        upload.offset, upload.stored = writer.offset, writer.stored
        upload.save(update_fields=("offset", "stored"))
        if broken:
            raise broken


def _check_place(upload: ResumableUpload, at: int) -> None:
    if at != upload.offset or upload.ended:
        raise Elsewhere(f"the upload is at byte {upload.offset}; ask with HEAD and go on from there")


def finish(upload: ResumableUpload, key: str, *, actor: Actor) -> None:
    """Make evidence of a whole upload; nothing happens to one that is not whole, or was finished before.

    Raises Refused, after the bytes are gone, and store.Damaged or store.Busy.
    """
    if upload.ended or upload.offset < upload.length:
        return
    with store.exclusively(upload.pk) as file:
        upload.refresh_from_db()
        if upload.ended:
            return
        try:
            _receive(upload, key, file, actor)
        except Refused as refused:
            said = {"reason": refused.reason, "remedy": refused.remedy, "line": refused.line, "status": refused.status}
            upload.refusal = said
            upload.save(update_fields=("refusal",))
            store.remove(upload.pk)
            raise
    store.remove(upload.pk)


def _receive(upload: ResumableUpload, key: str, file: IO[bytes], actor: Actor) -> None:
    said = upload.said
    declared = Declared(
        product=said.get("product") or None,
        version=said.get("version") or None,
        node=said.get("node") or None,
        observed_from=_moment(said.get("observed_from")),
        observed_to=_moment(said.get("observed_to")),
        source=said.get("source", ""),
    )
    stream = cast(BinaryIO, store.Reader(file, upload.pk, key, length=upload.length))
    artefact, new = services.receive_evidence(
        upload.design, actor=actor, name=said["name"], data=stream, declared=declared
    )
    upload.artefact, upload.new = artefact, new
    upload.save(update_fields=("artefact", "new"))


def forget(upload: ResumableUpload) -> None:
    """The sender does not want it any more."""
    store.remove(upload.pk)
    upload.delete()


def sweep(now: datetime) -> int:
    """Delete what is over, row and bytes, and bytes that no row knows. Returns how many uploads went."""
    over = ResumableUpload.objects.filter(expires_at__lte=now)
    gone = 0
    for upload in over:
        forget(upload)
        gone += 1
    known = {str(pk) for pk in ResumableUpload.objects.values_list("pk", flat=True)}
    for path in store.folder().glob("*"):
        if path.name not in known:
            path.unlink(missing_ok=True)
    return gone


def length_at_most() -> int:
    limit: int = settings.UPLOAD_LIMIT
    return limit


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
