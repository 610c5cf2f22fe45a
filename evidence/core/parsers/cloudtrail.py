"""AWS CloudTrail: the events of AWS KMS, in one document of Records, as one event, or one event a line.

Event files carry no signature; CloudTrail's digest files do, and are recognised as what they are. SOURCE:
https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from operator import attrgetter

import msgspec

from evidence.core import json_text
from evidence.core.facts import Declared, KeyEvent, KeyStoreLogFacts
from evidence.core.key_log import LISTED, ROUTINE, Json, KeyLog, inner, text
from evidence.core.refusal import Refused
from evidence.core.scan import iso, line_of
from evidence.core.sniff import is_json, top_keys
from seal_advisor.core.regex import regex
from seal_advisor.core.words import plural

KIND = KeyStoreLogFacts.KIND
TITLE = "AWS CloudTrail, KMS events"
FORM = "json"

_KMS = regex(r'"eventSource"\s{0,8}:\s{0,8}"kms\.amazonaws\.com"')
_ACTIONS = {
    "Encrypt": "encrypt", "ReEncrypt": "encrypt", "GenerateDataKey": "encrypt", "GenerateDataKeyPair": "encrypt",
    "GenerateDataKeyWithoutPlaintext": "encrypt", "GenerateDataKeyPairWithoutPlaintext": "encrypt",
    "Decrypt": "decrypt", "CreateKey": "generate", "RotateKey": "generate", "RotateKeyOnDemand": "generate",
    "ReplicateKey": "export", "ImportKeyMaterial": "import", "DeleteImportedKeyMaterial": "destroy",
    "DeleteKey": "destroy", "DisableKey": "disable", "ScheduleKeyDeletion": "schedule_deletion",
    "CancelKeyDeletion": "cancel_deletion", "EnableKey": "admin", "PutKeyPolicy": "admin", "CreateGrant": "admin",
    "RevokeGrant": "admin", "RetireGrant": "admin", "CreateAlias": "admin", "DeleteAlias": "admin",
    "UpdateAlias": "admin", "EnableKeyRotation": "admin", "DisableKeyRotation": "admin", "UpdatePrimaryRegion": "admin",
    "UpdateKeyDescription": "admin", "TagResource": "admin", "UntagResource": "admin",
}  # fmt: skip
_SOURCE = "kms.amazonaws.com"
UNSIGNED = "event files are not signed; the signed digest files of the period would show gaps"
_DIGEST = frozenset({"digestStartTime", "digestEndTime", "logFiles"})


def matches(head: str) -> bool:
    if not is_json(head):
        return False
    return bool(_KMS.search(head) and '"eventVersion"' in head) or top_keys(head) >= _DIGEST


def parse(text_: str, declared: Declared) -> KeyStoreLogFacts:
    log = KeyLog("cloudtrail_kms", UNSIGNED)
    seen: set[str] = set()
    for line, document in json_text.documents(text_):
        if document is None:
            log.bad.append((line, json_text.offset_of(text_, line)))
            continue
        if isinstance(document, dict) and document.keys() >= _DIGEST:
            return _digest(document)
        for event in _events(document):
            identity = text(event, "eventID") or ""
            if text(event, "eventSource") == _SOURCE and (not identity or identity not in seen):
                seen.add(identity)
                place = line_of(text_, identity) if line == 1 and identity and len(seen) < _PLACED else line
                log.note(_event(event, place or line))
    return log.facts()


class _Who(msgspec.Struct, rename="camel", gc=False):
    arn: str | None = None
    invoked_by: str | None = None
    type: str | None = None


class _Typed(msgspec.Struct, rename="camel", gc=False):
    """One event, as far as its count needs it; everything else is skipped while decoding."""

    event_source: str | None = None
    event_name: str | None = None
    event_time: str | None = None
    event_id: str | None = msgspec.field(name="eventID", default=None)
    error_code: str | None = None
    user_identity: _Who | None = None


_TYPED = msgspec.json.Decoder(list[_Typed])
_EACH = msgspec.json.Decoder(list[msgspec.Raw])
_NAME, _TIME, _IDENTITY = attrgetter("event_name"), attrgetter("event_time"), attrgetter("event_id")
_ERROR = attrgetter("error_code")
_PLACED = 2000
_USUAL = len("2026-11-24T10:00:00Z")
_NOTEWORTHY = frozenset(name for name, action in _ACTIONS.items() if action not in ROUTINE)


class Records:
    """Reads a document of any size, some records at a time. Of events it keeps a number each, to know them again."""

    def __init__(self) -> None:
        self._log = KeyLog("cloudtrail_kms", UNSIGNED)
        self._seen: set[int] = set()

    def read(self, records: bytes | memoryview, number: int) -> None:
        """As `evidence.core.lines.RecordReader` says."""
        data = b"".join((b"[", records, b"]"))
        try:
            events = _TYPED.decode(data)
        except msgspec.ValidationError:
            self._slowly(data, number)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(f"not valid JSON ({type(error).__name__})", "hand in the complete file", number) from None
        else:
            self._at_once(events, data, number)

    def _slowly(self, data: bytes, number: int) -> None:
        """Records of which one has a field of an unusual type."""
        for event in msgspec.json.decode(data):
            if isinstance(event, dict) and text(event, "eventSource") == _SOURCE:
                identity = text(event, "eventID") or ""
                if self._is_new(identity):
                    self._log.note(_event(event, self._line(data, identity, number)))

    def _at_once(self, events: list[_Typed], data: bytes, number: int) -> None:
        """What is routine is only counted; every other event is read in full and listed by `KeyLog.note`."""
        routine = mine = self._new([event for event in events if event.event_source == _SOURCE])
        self._name({by.arn or by.invoked_by or by.type or "": None for event in mine if (by := event.user_identity)})
        if any(map(_ERROR, mine)) or not _NOTEWORTHY.isdisjoint(map(_NAME, mine)):
            routine = [event for event in mine if not _is_dear(event)]
            wholes = dict(zip(map(id, events), _EACH.decode(data), strict=True))
            for event in filter(_is_dear, mine):
                line = self._line(data, event.event_id or "", number)
                self._log.note(_event(msgspec.json.decode(wholes[id(event)]), line))
        self._log.records += len(routine)
        for name, count in Counter(map(_NAME, routine)).items():
            self._log.counts[_ACTIONS.get(name or "", "other")] += count
        self._settle(list(filter(None, map(_TIME, routine))))

    def _new(self, events: list[_Typed]) -> list[_Typed]:
        """Those that were not there before; mostly all, which is seen at once."""
        marks = set(map(hash, map(_IDENTITY, events)))
        if len(marks) == len(events) and self._seen.isdisjoint(marks):
            self._seen |= marks
            return events
        return [event for event in events if self._is_new(event.event_id or "")]

    def _name(self, principals: Iterable[str]) -> None:
        known = self._log.principals
        for name in principals:
            if name and len(known) < LISTED:
                known.add(name)

    def _settle(self, times: list[str]) -> None:
        """The first and the last moment; of texts that are all written alike, the least and the greatest say it."""
        outer = [iso(min(times)), iso(max(times))] if _alike(times) else [None]
        moments = [moment for moment in (map(iso, times) if None in outer else outer) if moment]
        if moments:
            log = self._log
            log.first = min(log.first or moments[0], *moments)
            log.last = max(log.last or moments[0], *moments)

    def _is_new(self, identity: str) -> bool:
        """Whether no event with this identity was there before; one without counts always."""
        if not identity:
            return True
        known = len(self._seen)
        self._seen.add(hash(identity))
        return len(self._seen) > known

    def _line(self, data: bytes, identity: str, number: int) -> int:
        place = data.find(identity.encode()) if identity and len(self._seen) < _PLACED else -1
        return number + data.count(b"\n", 0, place) if place >= 0 else 1

    def facts(self) -> KeyStoreLogFacts:
        return self._log.facts()


def _alike(times: list[str]) -> bool:
    """Whether all are written as CloudTrail does, so that their order as texts is that of the moments."""
    return set(map(len, times)) == {_USUAL} and set("".join(times)[_USUAL - 1 :: _USUAL]) == {"Z"}


def _is_dear(event: _Typed) -> bool:
    return bool(event.error_code) or event.event_name in _NOTEWORTHY


def _digest(document: Json) -> KeyStoreLogFacts:
    """What the digest covers. Its signature lies beside it, in the object's metadata, so nothing is checked here."""
    listed = inner(document, "logFiles")
    files = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    count = len(files)
    return KeyStoreLogFacts(
        format="cloudtrail_digest",
        records=0,
        first=iso(inner(document, "digestStartTime")),
        last=iso(inner(document, "digestEndTime")),
        counts={"log files": count},
        gaps=(),
        numbered=False,
        integrity="not_checkable",
        integrity_reason="its signature is metadata of the S3 object: check it with `aws cloudtrail validate-logs`",
        inconclusive=f"a digest names {plural(count, 'log file')} and holds no event itself",
        covers=tuple(sorted(filter(None, ((text(each, "hashValue") or "").lower() for each in files)))),
    )


def _events(document: object) -> Iterator[Json]:
    records = inner(document, "Records") if isinstance(document, dict) else document
    if isinstance(records, list):
        yield from (each for each in records if isinstance(each, dict))
    elif isinstance(document, dict):
        yield document


def _event(event: Json, line: int) -> KeyEvent:
    name = text(event, "eventName") or ""
    resources = inner(event, "resources")
    first = resources[0] if isinstance(resources, list) and resources else {}
    error = text(event, "errorCode")
    principal = text(event, "userIdentity", "arn") or text(event, "userIdentity", "invokedBy")
    return KeyEvent(
        action=_ACTIONS.get(name, "other"),
        at=iso(inner(event, "eventTime")),
        line=line,
        ok=error is None,
        principal=principal or text(event, "userIdentity", "type"),
        key=text(first, "ARN") or text(event, "requestParameters", "keyId"),
        detail=f"{name}: {error}" if error else name,
    )
