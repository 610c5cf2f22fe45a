"""P12-P14 and P30: reading a server configuration."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import hcl2
import pygohcl

from benchmarks.ratio import Row
from seal_advisor.core import hcl

ROOT = Path(__file__).parent.parent
ANSWERS = ROOT / "tests/data/archetypes/bank_on_premises.json"
LISTENER = """listener "tcp" {{
  address           = "10.0.0.{n}:8200"
  cluster_address   = "10.0.0.{n}:8201"
  tls_cert_file     = "/etc/vault/tls/server-{n}.crt"
  tls_key_file      = "/etc/vault/tls/server-{n}.key"
  tls_min_version   = "tls12"
  tls_disable       = false
  max_request_size  = 33554432
}}

"""
LINES = 500


# python-hcl2 writes its grammar's tables beside itself on first use; a container or a CI job is always at its first.
FIRST_USE = "import hcl2, hcl2.parser; hcl2.parser.PARSER_FILE.unlink(missing_ok=True); hcl2.loads(text)"


def benign() -> str:
    """A configuration of about LINES lines that all readers accept with the same values."""
    head = 'ui = false\napi_addr = "https://vault-1.example.com:8200"\nstorage "raft" {\n  path = "/var/lib/vault"\n}\n'
    return head + "".join(LISTENER.format(n=n) for n in range(LINES // 10))


def hostile(size: int) -> str:
    """As many bytes of the dearest input within the limits: a list of short numbers, each a token or two."""
    text = "a = ["
    while len(text) < size - 2:
        text += "1, "
    return text[: size - 2].rstrip(", ") + "]"


def addresses(body: hcl.Body) -> list[str]:
    """The listener addresses as our reader gives them."""
    found = []
    for item in body.items:
        if item.keys[0] == "listener":
            found += [str(hcl.plain(inner.value)) for inner in item.value.items if inner.keys == ("address",)]
    return found


def their_addresses(document: dict[str, object]) -> list[str]:
    return [block.get("tcp", block.get('"tcp"'))["address"].strip('"') for block in document["listener"]]


def process(*arguments: str, program: str = sys.executable) -> None:
    """A start as a user has it: with the byte code that the first start left behind."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([program, *arguments], check=False, capture_output=True, cwd=ROOT, env=environment)


def rows() -> list[Row]:
    """Reading, then the whole command."""
    text = benign()
    plain_file = Path(tempfile.mkdtemp(prefix="seal-bench-")) / "vault.hcl"
    plain_file.write_text(text, encoding="utf-8")
    return [*reading(text, plain_file), command(plain_file.parent / "design")]


def reading(text: str, plain_file: Path) -> list[Row]:
    cold = "import sys; text = open({path!r}).read(); {read}"
    ours_cold = cold.format(path=str(plain_file), read="from seal_advisor.core import hcl; hcl.read(text)")
    theirs_cold = cold.format(path=str(plain_file), read=FIRST_USE)

    def same(ours: object, theirs: object) -> None:
        assert addresses(ours) == their_addresses(theirs)

    def same_go(ours: object, theirs: object) -> None:
        assert len(addresses(ours)) == len(theirs["listener"]["tcp"])

    return [
        Row(
            "P12",
            "vault.hcl of 500 lines: our reader / python-hcl2, steady",
            lambda: hcl.read(text),
            lambda: hcl2.loads(text),
            1 / 15,
            same,
            (10, 1),
            "python-hcl2",
        ),
        Row(
            "P12.cold",
            "the same, whole process with the first parse after installation",
            lambda: process("-c", ours_cold),
            lambda: process("-c", theirs_cold),
            1 / 20,
            baseline_name="python-hcl2",
            whole_process=True,
        ),
        Row(
            "P13",
            "our reader / pygohcl, steady",
            lambda: hcl.read(text),
            lambda: pygohcl.loads(text),
            1.0,
            same_go,
            (10, 10),
            "pygohcl",
        ),
        Row(
            "P14",
            "hostile configuration / benign one of the same bytes",
            lambda: hcl.read(hostile(len(text))),
            lambda: hcl.read(text),
            2.0,
            repeat=(10, 10),
            baseline_name="our reader",
        ),
    ]


def command(design: Path) -> Row:
    """The file is the one that `generate` writes for a bank with an HSM: a real server's, of some sixty lines."""
    program = str(ROOT / ".venv/bin/seal-advisor")
    process("generate", str(ANSWERS), "-o", str(design), program=program)
    server_file = design / "vault.hcl"
    assert server_file.exists(), server_file
    return Row(
        "P30",
        "`seal-advisor check vault.hcl` whole process / `python -c pass`",
        lambda: process("check", str(server_file), program=program),
        lambda: process("-c", "pass"),
        4.0,
        repeat=(5, 5),
        baseline_name="python -c pass",
        whole_process=True,
    )
