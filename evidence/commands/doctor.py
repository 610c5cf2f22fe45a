"""`seal-advisor doctor --config vault.hcl`: on a node, tries the seal as the server would, and writes that as evidence.

Exit 0: no check failed. 1: one failed. 2: the configuration, or the command line, cannot be read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from evidence.commands.inputs import PRODUCTS, base_name, settings_of, shown, side_text
from evidence.commands.options import UsageError, nearest, split
from evidence.core.facts import Declared
from evidence.core.upload import Refused
from evidence.doctor import report, wanted
from evidence.doctor.hsm import Effort
from evidence.doctor.pin import Environment, server_user
from seal_advisor.core.record import replace

USAGE = """\
usage: seal-advisor doctor --config FILE|DIR [--product vault|openbao[:VERSION]] [--env-file FILE] [--user NAME]
                           [--node NAME] [--samples N] [--sessions N] [--timeout SECONDS]
                           [-o evidence.json] [--format text|json]

Run it on a node, as the account that the server runs as: it loads the PKCS#11 library, finds slot, token and keys,
tries the seal's own operation, measures latency and sessions, and looks at the PIN file. The PIN is never shown. The
result (-o) is evidence: hand it to `check`, `package` or the web application.

  --config FILE|DIR  the server's configuration; of a folder, the file that holds the seal
  --env-file FILE  the server's environment (systemd's EnvironmentFile); it beats this shell's, and the configuration
  --user NAME      the account that the server runs as; else the product's usual one, where it exists
  --node NAME      the node's name in the evidence; else the storage's node_id
  --samples N      round trips to measure, 1 to 10000 (20)
  --sessions N     parallel sessions to try, 1 to 256 (max_parallel of the seal, at least 2)
  --timeout SECONDS  for each step; a library that hangs is killed then (20)
"""
OPTIONS = (
    "--config",
    "--product",
    "--env-file",
    "--user",
    "--node",
    "--samples",
    "--sessions",
    "--timeout",
    "--output",
    "--format",
)
FORMATS = ("text", "json")


def run(arguments: list[str]) -> int:
    if "-h" in arguments or "--help" in arguments:
        print(USAGE, end="")
        return 0
    try:
        words = ["--output" if word == "-o" else word for word in arguments]
        paths, given = split(words, OPTIONS, frozenset())
        if paths:
            raise UsageError(f"{paths[0]!r} stands alone; write --config {paths[0]}")
        return _doctor(given)
    except UsageError as error:
        print(f"seal-advisor doctor: {error}", file=sys.stderr)
        return 2


def _doctor(given: dict[str, list[str]]) -> int:
    layout = given.get("--format", ["text"])[0]
    if layout not in FORMATS:
        raise UsageError(f"--format {layout!r}; {nearest(layout, FORMATS)}")
    if "--config" not in given:
        raise UsageError("no --config; name the server's configuration file")
    path = given["--config"][0]
    environment = _environment(given)
    now = settings_of({}).now.astimezone(UTC)
    config = _config(path, _declared(given, now), environment.values)
    user = server_user(given.get("--user", [None])[0], config.product)
    effort = _effort(given, config)
    document = report.examined(config, environment, user, effort, now, given.get("--node", [None])[0])
    text = report.as_json(document)
    if "--output" in given:
        _write(given["--output"][0], text)
    print(text if layout == "json" else report.as_text(document), end="" if layout == "json" else "\n")
    return int(report.has_failed(document))


def _config(path: str, declared: Declared, environment: Mapping[str, str]) -> wanted.Wanted:
    if Path(path).is_dir():
        return _in_folder(path, declared, environment)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{shown(path)}: {error.strerror or 'cannot be read'}") from None
    try:
        return wanted.read(base_name(path), data, declared, environment)
    except Refused as refused:
        place = f"{shown(path)}:{refused.line}" if refused.line else shown(path)
        raise UsageError(" ".join(f"{place}: {refused.reason}; {refused.remedy}".split())) from None


def _in_folder(path: str, declared: Declared, environment: Mapping[str, str]) -> wanted.Wanted:
    """Of the files that the server would read, the one with the seal; product and node may stand in another one.

    Raises UsageError where none can be read, and where the seals stand in several: the report names one file.
    """
    names = sorted(str(file) for file in Path(path).iterdir() if file.suffix in (".hcl", ".json") and file.is_file())
    if not names:
        raise UsageError(f"{shown(path)}: no .hcl or .json file in this folder")
    read = [_config(name, declared, environment) for name in names]
    with_seal = [name for name, one in zip(names, read, strict=True) if any(seal.line for seal in one.seals)]
    if len(with_seal) > 1:
        raise UsageError(f"the seals stand in {' and '.join(map(shown, with_seal))}: name one of them with --config")
    derived = next((one.product for one in read if one.product_basis.startswith("keys")), None)
    about = replace(declared, product=declared.product or derived)
    chosen = _config(with_seal[0] if with_seal else names[0], about, environment)
    return replace(chosen, node=chosen.node or next((one.node for one in read if one.node), None))


def _declared(given: dict[str, list[str]], now: datetime) -> Declared:
    if "--product" not in given:
        return Declared()
    product, _, version = given["--product"][0].partition(":")
    if product not in PRODUCTS:
        raise UsageError(f"--product {product!r}; {nearest(product, PRODUCTS)}")
    return Declared(product=product, version=version or None, observed_to=now)


def _environment(given: dict[str, list[str]]) -> Environment:
    """This process's environment with the server's environment file on top."""
    if "--env-file" not in given:
        return Environment(dict(os.environ))
    path = given["--env-file"][0]
    values = {}
    for number, line in enumerate(side_text(path).splitlines(), start=1):
        word = line.strip().removeprefix("export ").strip()
        if not word or word[0] in "#;":
            continue
        name, equals, value = word.partition("=")
        if not equals or not name.strip().isidentifier():
            raise UsageError(f"{shown(path)}:{number}: not NAME=VALUE")
        value = value.strip()
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        values[name.strip()] = value[1:-1] if quoted else value
    return Environment({**os.environ, **values}, path, frozenset(values))


def _effort(given: dict[str, list[str]], config: wanted.Wanted) -> Effort:
    parallel = [seal.text("max_parallel") or "" for seal in config.seals]
    usual = max([2, *(min(int(word), 256) for word in parallel if word.isdecimal())])
    return Effort(
        samples=_number(given, "--samples", 20, 10_000),
        sessions=_number(given, "--sessions", usual, 256),
        timeout=float(_number(given, "--timeout", 20, 3600)),
    )


def _number(given: dict[str, list[str]], name: str, default: int, most: int) -> int:
    word = given.get(name, [str(default)])[0]
    if not word.isdecimal() or not 1 <= int(word) <= most:
        raise UsageError(f"{name} {word!r}; a whole number from 1 to {most}")
    return int(word)


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{shown(path)}: {error.strerror or 'cannot be written'}") from None
