"""The seals without a PKCS#11 library: what a look at the node can say, and, as plainly, what it cannot.

Checked are the files that a seal names and the variables that it needs. Whether the service answers, the key exists and
the permission is there shows only a call to it, which the doctor does not make: `operator diagnose` does.
"""

from __future__ import annotations

import os
import stat

from evidence.doctor.checks import FAILED, NOT_RUN, OK, WARNED, Check
from evidence.doctor.pin import Environment
from evidence.doctor.wanted import Given, WantedSeal
from seal_advisor.core.seals.static import KEY_BYTES

# Parameters that name a file, and whether the file is a secret.
FILES = {
    "awskms": {"shared_creds_filename": True, "web_identity_token_file": True},
    "gcpckms": {"credentials": True},
    "transit": {"tls_ca_cert": False, "tls_client_cert": False, "tls_client_key": True},
    "kmip": {"ca_cert": False, "client_cert": False, "client_key": True},
}
NOT_CHECKED = {
    "shamir": "whether enough holders of the key shares can be reached",
    "static": "whether the key is the one that the stored data were sealed with",
    "transit": "whether the unsealing cluster is up, the token valid and its policy enough",
    "kmip": "whether the KMIP server answers and accepts the client certificate",
}
BY_NETWORK = "whether the service answers, the key exists and the node may encrypt and decrypt with it"


def examine(seal: WantedSeal, environment: Environment) -> list[Check]:
    """The checks of a seal that is not PKCS#11."""
    checks: list[Check] = []
    for name, given in seal.given.items():
        if given.secret and seal.kind is not None and name in seal.kind.secrets():
            checks += _secret(seal, given, environment)
        elif name in FILES.get(seal.label, {}) and given.value:
            checks.append(_readable(name, given.value, secret=FILES[seal.label][name]))
    if not checks and not seal.problems and seal.label != "shamir":
        checks.append(Check("parameters", OK, "every required parameter is there, in the file or in the environment"))
    if seal.label == "shamir":
        checks.append(Check("parameters", OK, "Shamir needs no parameter, file or variable on the node"))
    unknown = NOT_CHECKED.get(seal.label, BY_NETWORK)
    response = "" if seal.label == "shamir" else "`operator diagnose` on the node, then a restart of one standby"
    checks.append(Check("service", NOT_RUN, f"not checked: {unknown}", "", response))
    return checks


def _secret(seal: WantedSeal, given: Given, environment: Environment) -> list[Check]:
    """A secret parameter: its variable is set, its file can be read; a literal in the file is a failure."""
    name, value = given.name, given.value
    if name in FILES.get(seal.label, {}) and not value.startswith(("file:", "env:")):
        return [_readable(name, value, secret=True)]
    if value.startswith("env://"):
        variable = value.removeprefix("env://")
        if environment.values.get(variable):
            return [Check("environment", OK, f"the variable {variable} is set ({name})")]
        message = f"the variable {variable} is not set in this environment ({name})"
        return [Check("environment", FAILED, message, "", "name the server's environment file with --env-file")]
    if value.startswith("file://"):
        path = value.removeprefix("file://")
        check = _readable(name, path, secret=True)
        return [check, *([_key_file(name, path)] if seal.label == "static" and check.state != FAILED else [])]
    if given.variable:
        return [Check("environment", OK, f"the variable {given.variable} is set ({name})")]
    if value.startswith(("file:", "env:")):
        message = f"{name} ({given.origin}) is no indirect value: it needs file:/// or env://"
        return [Check("secret", FAILED, message, "one slash is missing", f'{name} = "file:///PATH"')]
    message = f"{name} stands in the configuration itself ({given.origin})"
    return [
        Check("secret", FAILED, message, "whoever reads the file has it", f'{name} = "file:///PATH"; then change it')
    ]


def _readable(name: str, path: str, *, secret: bool) -> Check:
    try:
        with open(path, "rb") as stream:
            empty = not stream.read(1)
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
    except OSError as error:
        message = f"{path} cannot be read ({name}; {error.strerror})"
        return Check("files", FAILED, message, "the seal cannot be set up", "check the path and the file's owner")
    if empty:
        return Check("files", FAILED, f"{path} is empty ({name})", "the seal cannot be set up", "write the file again")
    if secret and mode & 0o077:
        message = f"{path} can be read by others than its owner ({name}; mode {mode:04o})"
        return Check("files", WARNED, message, "it holds a secret", f"chmod 0400 {path}")
    return Check("files", OK, f"{path} can be read ({name}; mode {mode:04o})")


def _key_file(name: str, path: str) -> Check:
    """A static key is 32 bytes, or its hex or base64 form; the size alone is looked at."""
    size = os.stat(path).st_size
    forms = {KEY_BYTES: "raw", KEY_BYTES * 2: "hex", 44: "base64"}
    if size in forms:
        return Check("key_size", OK, f"{path} has the size of a {KEY_BYTES}-byte key, {forms[size]} ({name})")
    message = f"{path} has {size} bytes ({name}); a key has {KEY_BYTES}, as hex {KEY_BYTES * 2}, as base64 44"
    cause = "a trailing newline, or another file"
    return Check("key_size", FAILED, message, cause, f"make one with `openssl rand -out {path} {KEY_BYTES}`")
