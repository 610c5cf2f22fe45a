"""P1, P2, P6-P11: taking logs in, against one SHA-256 pass over the same bytes.

Inputs are generated, the same every time, in a temporary folder. SIZE=full: an audit file of 1 GB, held against 100 MB
where growth is measured; otherwise 100 MB, and 200 MB against 20 MB.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from benchmarks.peak import peak
from benchmarks.ratio import Row
from evidence.commands.packed import unpack
from evidence.core import prefilter
from evidence.core.facts import Artefact, Declared
from evidence.core.stream import intake_stream
from evidence.core.upload import intake
from evidence.reading.parent import readers

HERE = "benchmarks.rows_logs"
FULL = os.environ.get("SIZE") == "full"
MB = 1000 * 1000
AUDIT = 1000 * MB if FULL else 100 * MB
# Large enough for both that they pass in blocks.
GROWN, SMALL = (1000 * MB, 100 * MB) if FULL else (200 * MB, 20 * MB)
HSM = 20 * MB
CLOUDTRAIL = 100 * MB
BLOCK = 1024 * 1024
START = datetime(2026, 11, 24, 10, tzinfo=UTC)


@cache
def folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="seal-bench-")


@cache
def written(name: str, size: int, pieces: Callable[[], Iterator[str]]) -> Path:
    """A file of about `size` bytes from an endless supply of pieces."""
    path = Path(folder().name) / f"{size}-{name}"
    left = size
    with path.open("w", encoding="ascii") as file:
        for piece in pieces():
            file.write(piece)
            left -= len(piece)
            if left <= 0:
                break
    return path


def audit_lines() -> Iterator[str]:
    """Requests and responses of an audit device, hashed as it does, of 0.7 to 1.5 KB each, one block over and over."""
    chance = random.Random(20261124)

    def hashed() -> str:
        return f"hmac-sha256:{chance.randbytes(32).hex()}"

    lines = []
    for number in range(4000):
        auth = {
            "client_token": hashed(), "accessor": hashed(), "display_name": "approle", "policies": ["default", "app"],
            "token_policies": ["default", "app"], "token_type": "service", "token_issue_time": "2026-11-24T09:00:00Z",
            "policy_results": {"allowed": True, "granting_policies": [{"name": "app", "namespace_id": "root"}]},
        }  # fmt: skip
        request = {
            "id": chance.randbytes(16).hex(), "client_id": chance.randbytes(16).hex(), "operation": "update",
            "mount_point": "transit/", "mount_type": "transit", "mount_accessor": "transit_1a2b3c4d",
            "mount_running_version": "v2.7.2+builtin.bao", "mount_class": "secret", "client_token": hashed(),
            "client_token_accessor": hashed(), "namespace": {"id": "root"},
            "path": f"transit/encrypt/app-{number % 40}",
            "data": {"plaintext": hashed()}, "remote_address": "10.0.0.7", "remote_port": 33000 + number,
        }  # fmt: skip
        response = {"mount_point": "transit/", "mount_class": "secret", "data": {"ciphertext": hashed()}}
        at = (START + timedelta(milliseconds=7 * number)).isoformat().replace("+00:00", "Z")
        for kind, more in (("request", {}), ("response", {"response": response})):
            entry = {"time": at, "type": kind, "auth": auth, "request": request, **more}
            lines.append(json.dumps(entry, separators=(",", ":")) + "\n")
    while True:
        yield from lines


def hsm_records() -> Iterator[str]:
    """CloudHSM events of one stream, every 50th a login that failed."""
    number = 0
    while True:
        failed = number % 50 == 49
        at = START + timedelta(seconds=number % 80_000)
        yield (
            f"Time: {at:%m/%d/%y %H:%M:%S}.140812, usecs:{1795510800140812 + number}\nSequence No : {number:#x}\n"
            f"Reboot counter : 0x107\nCommand Type(hex) : CN_MGMT_CMD (0x0)\nOpcode : CN_LOGIN (0xd)\n"
            f"Session Handle : 0x1004001\nResponse : {'1:HSM Return: FAILED' if failed else '0:HSM Return: SUCCESS'}\n"
            "Log type : MGMT_USER_DETAILS_LOG (2)\nUser Name : app_user\nUser Type : CN_CRYPTO_USER (1)\n\n"
        )
        number += 1


def cloudtrail() -> Iterator[str]:
    """One document of CLOUDTRAIL bytes; the last piece closes it."""
    chance = random.Random(7)
    yield '{"Records":['
    number, left = 0, CLOUDTRAIL - 2000
    while left > 0:
        record = {
            "eventVersion": "1.11", "eventSource": "kms.amazonaws.com", "eventName": "Decrypt",
            "eventTime": (START + timedelta(seconds=number)).isoformat().replace("+00:00", "Z"),
            "awsRegion": "eu-central-1", "sourceIPAddress": "10.0.0.7", "userAgent": "aws-sdk-go/1.49.22 (linux)",
            "userIdentity": {
                "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/vault/i-0a1b",
                "accountId": "1111",
                "sessionContext": {"attributes": {"creationDate": "2026-11-24T09:00:00Z", "mfa": "false"}},
            },
            "requestParameters": {"keyId": "arn:aws:kms:eu-central-1:111122223333:key/1234", "encryption": "S"},
            "responseElements": None, "requestID": chance.randbytes(16).hex(), "eventID": chance.randbytes(16).hex(),
            "readOnly": True, "resources": [{"accountId": "1111", "ARN": "arn:aws:kms:eu-central-1:1111:key/1234"}],
        }  # fmt: skip
        piece = ("," if number else "") + json.dumps(record)
        number, left = number + 1, left - len(piece)
        yield piece
    yield "]}"


def digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()


def taken(path: Path) -> Artefact:
    """The file by the door for logs, its redacted bytes thrown away."""
    with path.open("rb") as file:
        return intake_stream(path.name, file, len)


def on_one_core(work: Callable[[], object]) -> object:
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        return work()
    finally:
        os.sched_setaffinity(0, cores)


def packed(path: Path) -> Path:
    target = path.with_suffix(".gz")
    if not target.exists():
        with path.open("rb") as file, gzip.open(target, "wb", compresslevel=6) as out:
            shutil.copyfileobj(file, out)
    return target


def unpacked(path: Path) -> Artefact:
    """A gzip file as `check` takes it: both hashes and every fact."""
    found = unpack(str(path), path.name, Declared(), facts_only=True)
    (artefact,) = found.artefacts(iter(()), Declared())
    return artefact


def apart(path: Path) -> Artefact:
    """As a server takes it: in a process with limits."""
    with path.open("rb") as file:
        return readers.intake(path.name, file, None)


def scanned(data: list[bytes]) -> int:
    return sum(len(prefilter.suspect_lines(block, audit=True)) for block in data)


def same(ours: object, theirs: object) -> None:
    assert isinstance(ours, Artefact)
    assert (ours.sha256, ours.kind) == (theirs, "audit_log"), ours.kind
    assert ours.facts.unpaired <= 1  # type: ignore[union-attr] - the file may end between a request and its response
    assert not ours.redactions


def same_key_log(ours: object, theirs: object) -> None:
    assert isinstance(ours, Artefact)
    assert ours.sha256 == theirs
    assert ours.facts.records > 1000  # type: ignore[union-attr]


def same_artefact(ours: object, theirs: object) -> None:
    assert ours == theirs


def same_facts(ours: object, theirs: object) -> None:
    assert isinstance(ours, Artefact)
    assert isinstance(theirs, Artefact)
    assert (ours.facts, ours.redactions) == (theirs.facts, theirs.redactions)


def rows() -> list[Row]:
    def audit() -> Path:
        return written("audit.log", AUDIT, audit_lines)

    def small() -> Path:
        return written("audit.log", SMALL, audit_lines)

    def grown() -> Path:
        return written("audit.log", GROWN, audit_lines)

    def hsm() -> Path:
        return written("hsm.log", HSM, hsm_records)

    def trail() -> Path:
        return written("trail.json", 2 * CLOUDTRAIL, cloudtrail)

    @cache
    def blocks() -> list[bytes]:
        lines = small().read_bytes().splitlines(keepends=True)
        return [b"".join(lines[start : start + 500]) for start in range(0, len(lines), 500)]

    def whole(path: Path) -> Artefact:
        return intake(path.name, path.read_bytes())

    size = f"{AUDIT // MB} MB"
    sha = "SHA-256"
    return [
        Row("P1", f"audit file of {size}: hash, redaction, every fact, one pass / SHA",
            lambda: taken(audit()), lambda: digest(audit()), 2.9, same, baseline_name=sha),
        Row("P2", "the same on one core",
            lambda: on_one_core(lambda: taken(audit())), lambda: on_one_core(lambda: digest(audit())), 3.6, same,
            baseline_name=sha),
        Row("P1.apart", "P1 in a process with limits, by the clock / in this one",
            lambda: apart(audit()), lambda: taken(audit()), 1.3, same_artefact, baseline_name="P1"),
        Row("P6", f"growth: time of {GROWN // MB} MB / of {SMALL // MB} MB",
            lambda: taken(grown()), lambda: taken(small()), 10.5, baseline_name="a tenth of the file"),
        Row("P7", f"growth: memory of {GROWN // MB} MB less that of {SMALL // MB} MB / 8 MB",
            lambda: max(peak(HERE, "taken", grown()) - peak(HERE, "taken", small()), 0.0), lambda: 8.0, 1.0,
            baseline_name="8 MB", amounts=True),
        Row("P8", "CloudHSM lines: counts, gaps, login errors / SHA",
            lambda: whole(hsm()), lambda: digest(hsm()), 17, same_key_log, baseline_name=sha),
        Row("P9", f"CloudTrail document of {CLOUDTRAIL // MB} MB: redaction and facts / SHA",
            lambda: taken(trail()), lambda: digest(trail()), 4, same_key_log, baseline_name=sha),
        Row("P9.memory", "the same: peak memory of the whole process / 64 MB",
            lambda: peak(HERE, "taken", trail()), lambda: 64.0, 1.0, baseline_name="64 MB", amounts=True),
        Row("P10", "redaction scan of audit lines / SHA",
            lambda: scanned(blocks()), lambda: [hashlib.sha256(block).digest() for block in blocks()], 1.0,
            repeat=(1, 5), baseline_name=sha),
        Row("P11", "the audit file in gzip: both hashes and facts / P1 on the plain file",
            lambda: unpacked(packed(audit())), lambda: taken(audit()), 1.6, same_facts, baseline_name="P1",
            whole_process=True),
    ]  # fmt: skip
