"""A PKCS#11 seal, step by step, as the server starts it: library, token, login, keys, mechanism, the operation itself.

A step that fails ends the walk: what comes after it stands in the report as not run. At most one wrong login can
happen, and none where the token says that its next wrong PIN locks it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from evidence.core.controls.c_kb_05 import number
from evidence.doctor import key_rules, names
from evidence.doctor.checks import FAILED, NOT_RUN, OK, WARNED, Check, failed, of_failure
from evidence.doctor.children import Failure, run_step
from evidence.doctor.measure import percentiles
from evidence.doctor.pin import Environment, Pin, not_tried
from evidence.doctor.wanted import WantedSeal
from seal_advisor.core.record import Record
from seal_advisor.core.seals.pkcs11 import MECHANISMS

LIBRARY_BYTES = 256 * 1024 * 1024
SLOW_MS = 100  # our own threshold: above it a burst of seal-wrapped reads is felt
SOFTWARE = ("softhsm", "kryoptic")
TITLES = {
    "library": "load the library",
    "token": "find the token",
    "login": "log in",
    "keys": "find the keys",
    "mechanism": "check the mechanism",
    "round_trip": "encrypt and decrypt",
    "latency": "measure the latency",
    "sessions": "work in parallel",
}


class Effort(Record):
    """How much is tried. timeout: seconds for each step."""

    samples: int = 20
    sessions: int = 2
    timeout: float = 20.0


class Halt(Exception):
    """A step failed; its check is in the list already."""


class Examination:
    """One seal. `report` grows step by step; `checks` say what the steps mean."""

    def __init__(self, seal: WantedSeal, product: str, pin: Pin, environment: Environment, effort: Effort) -> None:
        self._seal, self._product, self._pin, self._effort = seal, product, pin, effort
        secret = [given for given in seal.given.values() if given.secret]
        secret_variables = {given.variable for given in secret} | {
            given.value.removeprefix("env://") for given in secret
        }
        self._environment = {name: value for name, value in environment.values.items() if name not in secret_variables}
        self._job: dict[str, Any] = {}
        self.checks: list[Check] = []
        self.report: dict[str, Any] = {
            "library": None, "slot": None, "software": None, "sessions": None, "keys": [], "mechanism": None,
            "round_trip": None, "latency_ms": None,
        }  # fmt: skip

    def run(self) -> None:
        """Every step until one fails."""
        steps = (self._library, self._token, self._login_and_keys, self._round_trip, self._latency, self._sessions)
        try:
            for step in steps:
                step()
        except Halt:
            done = {check.check for check in self.checks}
            stopped = next(
                check.check for check in self.checks if check.check in TITLES and check.state in (FAILED, NOT_RUN)
            )
            after = list(TITLES)[list(TITLES).index(stopped) + 1 :]
            self.checks += [Check(name, NOT_RUN, f"needs: {TITLES[stopped]}") for name in after if name not in done]

    def _say(self, check: Check) -> None:
        self.checks.append(check)
        if check.state == FAILED and check.check in TITLES:
            raise Halt

    def _step(self, step: str, check: str, default: str = "") -> dict[str, Any]:
        answer = run_step(step, self._job, self._environment, self._effort.timeout)
        if isinstance(answer, Failure):
            login = answer.function == "Login"
            self._say(of_failure("login" if login else check, answer, default="T09" if login else default))
            raise Halt
        return answer

    def _library(self) -> None:
        path = self._seal.text("lib")
        if path is None:
            self._say(failed("library", "no library is named", like="missing required parameter 'lib'"))
            return
        if "/" not in path:
            message = (
                f"{path}: a bare name; OpenBao loads a library by its path only, Vault wherever the loader finds it"
            )
            self.checks.append(Check("library_path", WARNED, message, "", 'write lib = "/full/path/lib.so"'))
        self._job["lib"] = path
        self.report["library"] = {"path": path, "sha256": _sha256(path)}
        answer = self._step("library", "library", "T07")
        self.report["library"] |= answer
        shown = f"{answer['manufacturer']}, {answer['description']} {answer['version']}"
        self._say(Check("library", OK, f"{path} loads: {shown} (PKCS#11 {answer['cryptoki']})"))

    def _token(self) -> None:
        slot = self._seal.text("slot")
        if slot is not None and not slot.isdecimal():
            self._say(failed("token", f"slot {slot!r} is no decimal number", default="T11"))
        select = {"slot": int(slot) if slot else None, "token_label": self._seal.text("token_label")}
        self._job["select"] = {**select, "serial": self._seal.text("serial")}
        asked = " and ".join(f"{name} {value}" for name, value in self._job["select"].items() if value is not None)
        if not asked:
            self._say(failed("token", "neither slot, token_label nor serial is set", default="T11"))
        answer = self._step("token", "token")
        chosen = answer["chosen"]
        if chosen is None:
            there = ", ".join(f"{each['label']!r} in slot {each['slot']}" for each in answer["tokens"] if each["label"])
            self._say(failed("token", f"no matching token: {asked} is not there; there is {there or 'none'}"))
        if answer["fitting"] > 1:
            message = f"{answer['fitting']} tokens fit {asked}; the seal takes the first, which may be another tomorrow"
            self.checks.append(Check("token_unique", WARNED, message, "", "name the token by its serial or slot too"))
        self._job["slot"] = int(chosen["id"])
        self._job["writable"] = self._product == "openbao" or self._seal.flag("force_rw_session")
        self._offered = {each["number"]: each for each in answer["mechanisms"]}
        flags = chosen.pop("flags")
        self._session_limit(chosen.pop("max_sessions"), chosen.pop("max_rw_sessions"), chosen.pop("sessions"))
        self.report["slot"] = chosen
        self._say(Check("token", OK, f"token {chosen['token_label']!r} in slot {chosen['id']}"))
        self._hardware(chosen)
        self._lock(flags)

    def _session_limit(self, total: int, writable: int, in_use: int) -> None:
        unlimited = total in (names.EFFECTIVELY_INFINITE, names.UNAVAILABLE)
        allowed = None if unlimited else (writable if self._job["writable"] else total)
        known = None if in_use == names.UNAVAILABLE else in_use
        self.report["sessions"] = {"limit": allowed, "in_use": known}
        needed = self._effort.sessions + 1
        if allowed is None:
            check = Check("session_limit", OK, "the token states no limit on sessions")
        elif allowed < 2:
            text = f"need to create at least 2 sessions, but max session count is {allowed}"
            check = failed("session_limit", text)
        elif allowed < needed:
            message = f"the token allows {allowed} sessions; {needed} were to be tried"
            check = Check("session_limit", WARNED, message, "", "raise the partition's limit or lower max_parallel")
        else:
            check = Check("session_limit", OK, f"the token allows {allowed} sessions")
        self.checks.append(check)

    def _hardware(self, chosen: Mapping[str, str]) -> None:
        shown = f"{chosen['manufacturer']} {chosen['model']}".strip()
        if any(word in shown.lower() for word in SOFTWARE):
            self.report["software"] = True
            message = f"{shown} is software: its keys lie in files, no hardware keeps them; good for trials only"
            self.checks.append(Check("hardware", WARNED, message, "", "use a validated HSM in production"))
        else:
            message = f"the token calls itself {shown}; only its certificate shows that it is validated hardware"
            self.checks.append(Check("hardware", OK, message))

    def _lock(self, flags: int) -> None:
        """Stops before a login that could lock the token."""
        if flags & names.CKF_USER_PIN_LOCKED:
            self._say(failed("login", "the token says that the user's PIN is locked", like="CKR_PIN_LOCKED"))
        if flags & names.CKF_USER_PIN_FINAL_TRY:
            message = "the token says that one more wrong PIN locks it; no login was tried"
            self._say(failed("login", message, default="T10"))
        if flags & names.CKF_USER_PIN_COUNT_LOW:
            message = "the token says that a wrong PIN was tried since the last login"
            self.checks.append(Check("pin_tries", WARNED, message, "", "find the node with the wrong PIN"))

    def _login_and_keys(self) -> None:
        if self._pin.value is None:
            self.checks.append(not_tried(self._pin))
            raise Halt
        self._job["pin"] = self._pin.value
        self._job["keys"] = key_rules.asked(self._seal)
        if not any(each["role"] == "wrapping" for each in self._job["keys"]):
            self._say(Check("login", NOT_RUN, "no key is named, so none was tried"))
            self._say(failed("keys", "must set one of 'key_id', 'key_label'"))
        answer = self._step("keys", "keys")
        self._say(Check("login", OK, "logged in"))
        self.report["keys"] = answer["keys"]
        chosen, basis = key_rules.mechanism(self._seal, self._product, answer["keys"], self._offered)
        for check in key_rules.judge(self._job["keys"], answer["keys"], chosen):
            self.checks.append(check)
        if any(check.check == "keys" and check.state == FAILED for check in self.checks):
            raise Halt
        self._mechanism(chosen, basis)

    def _mechanism(self, chosen: int | None, basis: str) -> None:
        oaep = (self._seal.text("rsa_oaep_hash") or "sha256").lower() if chosen == names.RSA_OAEP else None
        name = MECHANISMS.get(chosen or 0, f"0x{chosen:04x}" if chosen is not None else None)
        offered = self._offered.get(chosen) if chosen is not None else None
        self.report["mechanism"] = {
            "number": chosen,
            "name": name,
            "basis": basis,
            "oaep_hash": oaep,
            "offered": [MECHANISMS[each] for each in sorted(self._offered) if each in MECHANISMS],
            "min_key": offered["min"] if offered else None,
            "max_key": offered["max"] if offered else None,
        }
        mac = number(self._seal.text("hmac_mechanism") or "") or names.SHA256_HMAC
        for check in key_rules.judge_mechanism(chosen, name, basis, oaep, self._offered, mac, self.report["keys"]):
            self._say(check)
        software = not self._seal.flag("disable_software_encryption")
        self._job |= {
            "mechanism": chosen,
            "oaep_hash": oaep or "sha256",
            "mac_mechanism": mac,
            "public_in_software": software if self._product == "openbao" else self._seal.flag("rsa_encrypt_local"),
            "samples": self._effort.samples,
            "sessions": self._effort.sessions,
        }

    def _round_trip(self) -> None:
        matches = self._step("round_trip", "round_trip")["matches"]
        self.report["round_trip"] = {"matches": matches, "bytes": 32}
        if not matches:
            self._say(failed("round_trip", "the plain text did not come back", default="T19"))
        self._say(Check("round_trip", OK, "32 bytes wrapped and unwrapped with the seal's own operation"))

    def _latency(self) -> None:
        answer = self._step("latency", "latency")
        both = [first + second for first, second in zip(answer["encrypt"], answer["decrypt"], strict=True)]
        encrypt, decrypt = percentiles(answer["encrypt"]), percentiles(answer["decrypt"])
        figures = {f"encrypt_{name}": value for name, value in encrypt.items()}
        figures |= {f"decrypt_{name}": value for name, value in decrypt.items()}
        self.report["latency_ms"] = {"samples": len(both), **figures}
        message = (
            f"{len(both)} samples: encrypt {encrypt['p50']} ms (p50), {encrypt['p99']} ms (p99); "
            f"decrypt {decrypt['p50']} ms, {decrypt['p99']} ms"
        )
        slow = max(encrypt["p99"], decrypt["p99"]) > SLOW_MS
        response = f"above {SLOW_MS} ms (our threshold): bring the HSM nearer, wrap less" if slow else ""
        self._say(Check("latency", WARNED if slow else OK, message, "", response))

    def _sessions(self) -> None:
        answer = self._step("sessions", "sessions")
        wanted, opened = self._effort.sessions, answer["opened"]
        rate = (
            round(answer["operations"] / answer["seconds"], 1) if answer["seconds"] and not answer["errors"] else None
        )
        self.report["sessions"] |= {"tried": wanted, "opened": opened, "operations_per_second": rate}
        if opened < wanted:
            self._say(failed("sessions", f"{opened} of {wanted} parallel sessions: {answer['refused']}", default="T14"))
        if answer["errors"]:
            self._say(failed("sessions", f"{wanted} sessions at once: {'; '.join(answer['errors'])}"))
        self._say(
            Check("sessions", OK, f"{opened} sessions at once beside the one that stays, {rate} round trips a second")
        )


def _sha256(path: str) -> str | None:
    """Of the library's file; None where there is none of that path."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as stream:
            digest.update(stream.read(LIBRARY_BYTES))
    except OSError:
        return None  # the load that follows says why
    return digest.hexdigest()
