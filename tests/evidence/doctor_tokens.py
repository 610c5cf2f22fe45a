"""A real SoftHSM 2 token in a folder of its own, and the doctor run against it."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from seal_advisor import cli
from tests import services
from tests.conftest import _or_skip

PIN = "73519264"
USER = pwd.getpwuid(os.geteuid()).pw_name


def program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        _or_skip(services.Missing(name, f"apt-get install {package}"))
    return str(found)


def library() -> str:
    found = next((str(path) for path in sorted(Path("/usr/lib").glob("**/libsofthsm2.so"))), "")
    if not found:
        _or_skip(services.Missing("libsofthsm2.so", "apt-get install softhsm2"))
    return found


@dataclass(frozen=True, slots=True)
class Token:
    """folder: holds the tokens, softhsm2.conf, the PIN file. library: path of SoftHSM."""

    folder: Path
    library: str

    @property
    def environment(self) -> dict[str, str]:
        return {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}

    @property
    def pin_file(self) -> Path:
        return self.folder / "hsm.pin"

    def key(self, label: str, kind: str = "AES:32", *more: str, key_id: str = "01") -> None:
        what = "--keypairgen" if kind.startswith("rsa") else "--keygen"
        tool = [program("pkcs11-tool", "opensc"), "--module", self.library, "--token-label", "hsm1", "--login"]
        words = [*tool, "--pin", PIN, what, "--key-type", kind, "--label", label, "--id", key_id, *more]
        subprocess.run(words, check=True, capture_output=True, env={**os.environ, **self.environment})

    def config(self, **changes: str | None) -> Path:
        """A configuration of this token; None takes a setting out."""
        settings: dict[str, str | None] = {
            "lib": self.library,
            "token_label": "hsm1",
            "pin": f"file://{self.pin_file}",
            "key_label": "wrap",
            "mechanism": "0x1087",
            **changes,
        }
        lines = [f'  {name} = "{value}"' for name, value in settings.items() if value is not None]
        path = self.folder / "vault.hcl"
        path.write_text("\n".join(['storage "raft" {', '  node_id = "n1"', "}", 'seal "pkcs11" {', *lines, "}", ""]))
        return path


def make(folder: Path) -> Token:
    """An initialised token `hsm1` without keys, and its PIN file as it should be."""
    setup = program("softhsm2-util", "softhsm2")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    token = Token(folder, library())
    words = [setup, "--init-token", "--free", "--label", "hsm1", "--pin", PIN, "--so-pin", "12345678"]
    subprocess.run(words, check=True, capture_output=True, env={**os.environ, **token.environment})
    token.pin_file.write_text(PIN)
    token.pin_file.chmod(0o400)
    return token


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    document: Mapping[str, Any]
    text: str

    @property
    def seal(self) -> Mapping[str, Any]:
        (seal,) = self.document["seals"]
        return dict(seal)

    def check(self, name: str) -> Mapping[str, str]:
        """The worst check of that name."""
        order = ("failed", "warned", "not_run", "ok")
        found = [dict(check) for check in self.seal["checks"] if check["check"] == name]
        return min(found, key=lambda check: order.index(check["state"]))

    def states(self) -> dict[str, str]:
        return {check["check"]: check["state"] for check in self.seal["checks"]}

    def failed(self) -> list[str]:
        return [check["check"] for check in self.seal["checks"] if check["state"] == "failed"]


def doctor(token: Token, config: Path, *words: str, user: str | None = USER) -> Outcome:
    """The command with its evidence, in the environment of the token. No secret is in what it wrote."""
    path = token.folder / "evidence.json"
    whole = ["doctor", "--config", str(config), "-o", str(path), "--samples", "3", *words]
    if user:
        whole += ["--user", user]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in token.environment.items():
            patch.setenv(name, value)
        code = cli.main(whole)
    text = path.read_text(encoding="utf-8")
    assert PIN not in text
    return Outcome(code, json.loads(text), text)
