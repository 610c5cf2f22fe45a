"""Where the PIN comes from, and whether its file is fit: mode, owner, newline, slashes. The PIN itself stays inside.

`file://PATH` is read as it is: a trailing newline becomes part of the PIN (in OpenBao's source; Vault Enterprise's is
closed), so such a PIN is not tried: a wrong try counts towards the token's lock.
SOURCE: https://developer.hashicorp.com/vault/docs/configuration/seal (indirect value references)
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Mapping
from typing import Any

from evidence.doctor.checks import FAILED, NOT_RUN, OK, WARNED, Check, failed
from evidence.doctor.wanted import Given
from seal_advisor.core.record import Record

MODES = (0o400, 0o600)


class ServerUser(Record):
    """The account the server runs as. basis: "declared", "account", or "assumed" (nobody said)."""

    name: str
    basis: str


class Environment(Record, unshown=("values",)):
    """The server's environment: the process's own, with an environment file on top. from_file: names set there."""

    values: Mapping[str, str]
    file: str | None = None
    from_file: frozenset[str] = frozenset()


class Pin(Record, unshown=("value",)):
    """value: None when there is none to try. report: the `pin_file` object of the evidence."""

    value: str | None
    report: Mapping[str, Any]
    checks: tuple[Check, ...]


def server_user(declared: str | None, product: str) -> ServerUser:
    """The declared account, else the product's usual one where it exists, else whoever runs this."""
    if declared:
        return ServerUser(declared, "declared")
    try:
        return ServerUser(pwd.getpwnam(product).pw_name, "account")
    except KeyError:
        return ServerUser(_user(os.geteuid()), "assumed")


def resolve(given: Given | None, environment: Environment, user: ServerUser) -> Pin:
    """The PIN of a seal."""
    if given is None:
        report = _report("absent", user)
        return Pin(None, report, (Check("pin", FAILED, "no PIN, in the file and in the environment"),))
    value = given.value
    if value.startswith("file://"):
        return _file(value.removeprefix("file://"), user)
    if value.startswith(("file:", "env:")) and not value.startswith("env://"):
        report = {**_report("file", user), "path": value, "single_slash": True}
        return Pin(None, report, (_one_slash(value, given.origin),))
    variable = value.removeprefix("env://") if value.startswith("env://") else given.variable
    if variable is not None:
        return _variable(variable, environment, user)
    checks = (
        Check(
            "pin",
            FAILED,
            f"the PIN stands in the configuration itself ({given.origin})",
            "whoever reads the file, its backups or its history has the PIN",
            'pin = "file:///etc/vault.d/hsm.pin" (mode 0400, no newline) or "env://VAULT_HSM_PIN"; then change the PIN',
        ),
    )
    return Pin(value.removeprefix("string://"), _report("literal", user), checks)


def _report(form: str, user: ServerUser) -> dict[str, Any]:
    return {
        "form": form,
        "path": None,
        "mode": None,
        "owner": None,
        "group": None,
        "server_user": user.name,
        "owner_basis": user.basis,
        "trailing_newline": None,
        "single_slash": False,
    }


def _one_slash(value: str, origin: str) -> Check:
    scheme, _, rest = value.partition(":")
    right = f"{scheme}://{'/' if scheme == 'file' else ''}{rest.lstrip('/')}"
    message = f"{value} ({origin}) is no indirect value; the server stops with `error reading file at {value}`"
    return failed("pin", message, response=f'write pin = "{right}"')


def _variable(name: str, environment: Environment, user: ServerUser) -> Pin:
    value = environment.values.get(name, "")
    in_file = name in environment.from_file
    report = _report("environment", user)
    if not value:
        where = f" and in {environment.file}" if environment.file else ""
        message = f"the variable {name} is not set in this environment{where}"
        response = "name the server's environment file with --env-file"
        return Pin(None, report, (Check("pin", FAILED, message, "", response),))
    checks = [Check("pin", OK, f"the PIN comes from the variable {name}")]
    if in_file and environment.file:
        checks += _examine(environment.file, user, report)
    else:
        message = "the PIN comes from this process's environment; which file sets it for the server is not known"
        checks.append(Check("pin_file", WARNED, message, "", "name that file with --env-file"))
    if value.endswith(("\n", "\r")):
        report["trailing_newline"] = True
        checks.append(_newline(name, f"set {name} without it"))
        return Pin(None, report, tuple(checks))
    return Pin(value, report, tuple(checks))


def _file(path: str, user: ServerUser) -> Pin:
    report = {**_report("file", user), "path": path}
    try:
        with open(path, "rb") as stream:
            raw = stream.read(64 * 1024)
        value = raw.decode()
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror})"
        check = Check("pin", FAILED, message, "the seal cannot read its PIN", "check the path and the file's owner")
        return Pin(None, report, (check,))
    except UnicodeDecodeError:
        return Pin(None, report, (Check("pin", FAILED, f"{path} is not UTF-8 text"),))
    checks = [Check("pin", OK, f"the PIN comes from {path}"), *_examine(path, user, report)]
    newline = value.endswith(("\n", "\r"))
    report["trailing_newline"] = newline
    if not value.strip():
        checks[0] = Check("pin", FAILED, f"{path} is empty")
    if newline:
        checks.append(_newline(path, f"`truncate -s -1 {path}` takes it off"))
    return Pin(None if newline or not value.strip() else value, report, tuple(checks))


def _newline(where: str, response: str) -> Check:
    message = f"{where} ends with a newline, which becomes part of the PIN (verified for OpenBao)"
    like = "CKR_PIN_INCORRECT"
    return failed("pin_newline", message, like=like, response=f"{response} (write it by `printf %s`, not `echo`)")


def _examine(path: str, user: ServerUser, report: dict[str, Any]) -> list[Check]:
    """Mode and owner of the file that holds the PIN."""
    about = os.stat(path)
    mode, owner = stat.S_IMODE(about.st_mode), _user(about.st_uid)
    report.update(path=path, mode=f"{mode:04o}", owner=owner, group=_group(about.st_gid))
    checks = []
    if mode not in MODES:
        message = f"{path} has mode {mode:04o}; only 0400 and 0600 keep others out"
        cause = "accounts other than the server's can read or change the PIN"
        checks.append(Check("pin_file", FAILED, message, cause, f"chmod 0400 {path}"))
    if user.basis == "assumed":
        message = f"{path} belongs to {owner}; as whom the server runs is not known"
        checks.append(Check("pin_owner", WARNED, message, "", "name the server's account with --user"))
    elif owner != user.name:
        message = f"{path} belongs to {owner}, the server runs as {user.name}"
        checks.append(Check("pin_owner", FAILED, message, "the server may not read it", f"chown {user.name} {path}"))
    if not checks:
        checks.append(Check("pin_file", OK, f"{path} has mode {mode:04o} and belongs to {owner}"))
    return checks


def not_tried(pin: Pin) -> Check:
    """Why no login was tried."""
    unfit = (check.message for check in pin.checks if check.state == FAILED and check.check in ("pin", "pin_newline"))
    reason = next(unfit, "there is no PIN")
    return Check("login", NOT_RUN, f"not tried, a wrong PIN would count towards the lock: {reason}")


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
