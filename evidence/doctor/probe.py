"""One step, inside a process of its own: `python -m evidence.doctor.probe`, the job as JSON on standard input.

Answers with one JSON document on standard output: {"answer": {...}} or {"error": {"function", "code", "text"}}.
Whatever the library itself prints is dropped, it may hold the PIN. No core file is written, for the same reason.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any, NoReturn

from evidence.doctor import names
from evidence.doctor.cryptoki import CryptokiError, Library, Session, TokenInfo, text
from evidence.doctor.operations import Keys, Wrapping

Job = dict[str, Any]
MAX_KEYS = 64
ROUNDS = 5  # operations of each parallel session


def library_step(job: Job, library: Library) -> Job:
    info = library.info()
    return {
        "cryptoki": str(info.cryptoki),
        "manufacturer": text(info.manufacturer),
        "description": text(info.description),
        "version": str(info.version),
        "slots": len(library.slots()),
    }


def token_step(job: Job, library: Library) -> Job:
    """Every token, the one that the seal would take (the first that fits all selectors), and its mechanisms."""
    tokens = [(slot, library.token(slot)) for slot in library.slots()]
    fitting = [slot for slot, info in tokens if _fits(job, slot, info)]
    answer: Job = {
        "tokens": [
            {"slot": str(slot), "label": text(info.label), "serial": text(info.serial)} for slot, info in tokens
        ],
        "fitting": len(fitting),
        "chosen": None,
        "mechanisms": [],
    }
    if not fitting:
        return answer
    slot = fitting[0]
    answer["chosen"] = _described(slot, dict(tokens)[slot])
    for number in library.mechanisms(slot):
        info = library.mechanism(slot, number)
        answer["mechanisms"].append({"number": number, "min": info.min_key, "max": info.max_key, "flags": info.flags})
    return answer


def _described(slot: int, info: TokenInfo) -> Job:
    return {
        "id": str(slot),
        "token_label": text(info.label),
        "serial": text(info.serial),
        "manufacturer": text(info.manufacturer),
        "model": text(info.model),
        "hardware_version": str(info.hardware),
        "firmware_version": str(info.firmware),
        "flags": info.flags,
        "max_sessions": info.max_sessions,
        "max_rw_sessions": info.max_rw_sessions,
        "sessions": info.sessions,
    }


def _fits(job: Job, slot: int, info: TokenInfo) -> bool:
    wanted = job["select"]
    return (
        (wanted["slot"] is None or wanted["slot"] == slot)
        and (wanted["token_label"] is None or wanted["token_label"] == text(info.label))
        and (wanted["serial"] is None or wanted["serial"] == text(info.serial))
    )


def keys_step(job: Job, library: Library) -> Job:
    session = _logged_in(job, library)
    keys = [_key(session, role, handle, wanted) for role, handle, wanted in _found(job, session)]
    keys.sort(key=lambda key: (key["role"] != "wrapping", key["class"], key["key_id"]))  # a token's order is by chance
    return {"keys": keys}


def _logged_in(job: Job, library: Library) -> Session:
    session = library.open(job["slot"], writable=job["writable"])
    session.login(job["pin"])
    return session


def _found(job: Job, session: Session) -> list[tuple[str, int, Job]]:
    """Objects by role: all that carry the label, or the id where no label is asked for."""
    found = []
    for wanted in job["keys"]:
        if wanted["label"]:
            template = {names.CKA_LABEL: wanted["label"].encode()}
        else:
            template = {names.CKA_ID: bytes.fromhex(wanted["id"])}
        found += [(wanted["role"], handle, wanted) for handle in list(session.find(template))[:MAX_KEYS]]
    return found


def _key(session: Session, role: str, key: int, wanted: Job) -> Job:
    kind = session.number(key, names.CKA_KEY_TYPE)
    own_id = (session.attribute(key, names.CKA_ID) or b"").hex()
    return {
        "role": role,
        "class": names.CLASSES.get(session.number(key, names.CKA_CLASS) or 0, "other"),
        "type": names.KEY_TYPES.get(-1 if kind is None else kind, "unknown" if kind is None else f"0x{kind:x}"),
        "bits": _bits(session, key),
        "key_label": (session.attribute(key, names.CKA_LABEL) or b"").decode("utf-8", "replace"),
        "key_id": own_id,
        "selected": not wanted["id"] or own_id == wanted["id"],
        "on_token": session.flag(key, names.CKA_TOKEN),
        "sensitive": session.flag(key, names.CKA_SENSITIVE),
        "extractable": session.flag(key, names.CKA_EXTRACTABLE),
        "always_sensitive": session.flag(key, names.CKA_ALWAYS_SENSITIVE),
        "never_extractable": session.flag(key, names.CKA_NEVER_EXTRACTABLE),
        "local": session.flag(key, names.CKA_LOCAL),
        "encrypt": session.flag(key, names.CKA_ENCRYPT),
        "decrypt": session.flag(key, names.CKA_DECRYPT),
        "sign": session.flag(key, names.CKA_SIGN),
        "verify": session.flag(key, names.CKA_VERIFY),
    }


def _bits(session: Session, key: int) -> int | None:
    modulus = session.attribute(key, names.CKA_MODULUS)
    if modulus:
        return int.from_bytes(modulus, "big").bit_length()
    length = session.number(key, names.CKA_VALUE_LEN)
    return None if length is None else length * 8


def _wrapping(job: Job, session: Session) -> Wrapping:
    """The operation with the keys that the seal would take."""
    handles: dict[tuple[str, str], int] = {}
    for role, handle, wanted in _found(job, session):
        key = _key(session, role, handle, wanted)
        if key["selected"]:
            handles.setdefault((role, key["class"]), handle)
    is_rsa = job["mechanism"] in (names.RSA_OAEP, names.RSA_PKCS)
    wrapping = handles[("wrapping", "private" if is_rsa else "secret")]
    numbers = None
    if is_rsa and job["public_in_software"]:
        source = handles.get(("wrapping", "public"), wrapping)
        raw = [session.attribute(source, number) or b"" for number in (names.CKA_MODULUS, names.CKA_PUBLIC_EXPONENT)]
        numbers = (int.from_bytes(raw[0], "big"), int.from_bytes(raw[1], "big"))
    keys = Keys(wrapping, handles.get(("wrapping", "public")), numbers, handles.get(("hmac", "secret")))
    return Wrapping(job["mechanism"], keys, job["oaep_hash"], job["mac_mechanism"])


def round_trip_step(job: Job, library: Library) -> Job:
    session = _logged_in(job, library)
    matches, _, _ = _wrapping(job, session).try_once(session)
    return {"matches": matches}


def latency_step(job: Job, library: Library) -> Job:
    session = _logged_in(job, library)
    wrapping = _wrapping(job, session)
    wrapping.try_once(session)  # the first call pays for what the library sets up late
    trips = [wrapping.try_once(session) for _ in range(job["samples"])]
    return {"encrypt": [trip[1] for trip in trips], "decrypt": [trip[2] for trip in trips]}


def sessions_step(job: Job, library: Library) -> Job:
    """One session stays logged in, as the server's does; the others work at the same time."""
    first = _logged_in(job, library)
    wrapping = _wrapping(job, first)
    sessions: list[Session] = []
    refused = ""
    try:
        for _ in range(job["sessions"]):
            sessions.append(library.open(job["slot"], writable=job["writable"]))
    except CryptokiError as error:
        refused = str(error)
    errors: list[str] = []
    threads = [threading.Thread(target=_work, args=(wrapping, each, errors)) for each in sessions]
    began = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = perf_counter() - began
    return {
        "opened": len(sessions),
        "refused": refused,
        "errors": sorted(set(errors)),
        "operations": len(sessions) * ROUNDS,
        "seconds": seconds,
    }


def _work(wrapping: Wrapping, session: Session, errors: list[str]) -> None:
    try:
        if not all(wrapping.try_once(session)[0] for _ in range(ROUNDS)):
            errors.append("the plain text did not come back")
    except CryptokiError as error:
        errors.append(str(error))


STEPS: dict[str, Callable[[Job, Library], Job]] = {
    "library": library_step,
    "token": token_step,
    "keys": keys_step,
    "round_trip": round_trip_step,
    "latency": latency_step,
    "sessions": sessions_step,
}


def main() -> NoReturn:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    job = json.loads(sys.stdin.read())
    library = None
    try:
        library = Library(job["lib"])
        result = {"answer": STEPS[job["step"]](job, library)}
    except CryptokiError as error:
        result = {"error": {"function": error.function, "code": error.code, "text": str(error)}}
    except OSError as error:
        result = {"error": {"function": "dlopen", "code": 0, "text": str(error)}}
    json.dump(result, answers)
    answers.flush()
    if library:
        library.close()
    os._exit(0)  # what the library registered to run at exit is not ours to wait for


if __name__ == "__main__":
    main()
