"""A generated listener on the real server, scanned by real tools: our own TLS controls pass what it offers.

The same road fails the listener of `conf/seed-fips-example-stringsuites.hcl`, so a pass here means something.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.core.demands import Settings, strict
from evidence.core.examine import examine
from evidence.core.facts import Artefact, Declared, Evidence, TlsScanFacts
from evidence.core.results import Result, Verdict
from evidence.core.upload import intake
from evidence.core.wanted import WANTED
from seal_advisor.core.server_config import server_config
from tests import bao, certificates, services
from tests.evidence.test_generated_configs import design

HOST = "openbao-1.example.internal"
SEED = Path(__file__).parents[1] / "data/samples/conf/seed-fips-example-stringsuites.hcl"
ADVISED = SEED.parents[1] / "tls/generated.testssl-pretty.json"
ECDHE_RSA = {0xC02F, 0xC030}
ECDHE_ECDSA = {0xC02B, 0xC02C}
TLS13 = {0x1301, 0x1302, 0x1303}
# The four verdicts that a listener alone settles.
OFFER = ("C-TL-01", "C-TL-02", "C-TL-04", "C-TL-06")


@contextmanager
def listening(text: str, home: Path, kind: str) -> Iterator[tuple[Path, int]]:
    """The real server with this configuration and a certificate of its own CA: (the file as deployed, its port)."""
    port = services.free_port()
    file = bao.placed(text, home, port, tls=True)
    authority = certificates.issue(home / "etc/openbao/tls", HOST, kind)
    with bao.running(file, port, home, authority=authority) as server:
        assert server.call("GET", "sys/seal-status")["initialized"] is False  # over TLS, the certificate verified
        yield file, port


def scanned(scanners: Mapping[str, Path], port: int, home: Path) -> dict[str, bytes]:
    """File name -> what each scanner wrote."""
    target = f"127.0.0.1:{port}"
    scripts = "ssl-enum-ciphers,ssl-cert"
    commands = {
        "sslscan": [f"--sni-name={HOST}", f"--xml={home}/sslscan.xml", target],
        "nmap": ["-Pn", "-n", "-sT", "-p", str(port), "--script", scripts, "-oX", f"{home}/nmap.xml", "127.0.0.1"],
    }
    for name, arguments in commands.items():
        run = subprocess.run([scanners[name], *arguments], capture_output=True, text=True, timeout=60, cwd=home)
        assert run.returncode == 0, run.stdout + run.stderr
    return {f"{name}.xml": (home / f"{name}.xml").read_bytes() for name in commands}


def judged(files: Mapping[str, bytes], now: datetime | None = None) -> tuple[dict[str, Result], tuple[Artefact, ...]]:
    """Through intake and every control, under the strict profile."""
    now = now or datetime.now(UTC)
    declared = Declared("openbao", "2.7.2", "openbao-1", now, now)
    artefacts = tuple(intake(name, data, declared=declared) for name, data in files.items())
    return {each.control: each for each in examine(Evidence(artefacts), strict(), Settings(now))}, artefacts


def offered(artefact: Artefact) -> set[int]:
    assert isinstance(artefact.facts, TlsScanFacts)
    return {suite.id for suite in artefact.facts.suites}


@pytest.fixture(scope="session")
def scanners(sslscan: Path, nmap: Path) -> dict[str, Path]:
    return {"sslscan": sslscan, "nmap": nmap}


@pytest.mark.parametrize(("kind", "suites"), [("rsa", ECDHE_RSA), ("ec", ECDHE_ECDSA)])
def test_scans_of_the_generated_listener_pass_the_strict_profile(
    kind: str, suites: set[int], scanners: dict[str, Path], tmp_path: Path
) -> None:
    text = server_config(design("shamir", "openbao_2_7", fips_level="l1", fips_scope="whole_product")).text
    with listening(text, tmp_path, kind) as (file, port):
        scans = scanned(scanners, port, tmp_path)
    config = {"openbao.hcl": file.read_bytes()}
    for given in (*({name: data} for name, data in scans.items()), scans):
        results, artefacts = judged({**config, **given})
        for control in OFFER:
            assert results[control].verdict is Verdict.PASS, results[control]
        assert all(offered(scan) == suites for scan in artefacts[1:])
    # The price: TLS 1.3 is off, which SP 800-52r2 wants on; only a FIPS build has both.
    results, _ = judged({**config, **scans})
    assert results["C-TL-03"].verdict is Verdict.WARN


def test_the_command_that_we_ask_for_settles_every_tls_control(tmp_path: Path) -> None:
    """testssl.sh takes half a minute, so its file was captured: the generated listener, P-256, by the flags we name."""
    wanted = {part for part in WANTED["tls_scan"].command.split() if part.startswith("-")}
    ran = re.search(r'"Invocation"  : "testssl (.*) 127\.0\.0\.1:(\d+)"', ADVISED.read_text())
    assert ran
    assert wanted <= set(ran[1].split())
    assert set(ran[1].split()) - wanted == {"--warnings", "batch", "--color", "0", "scan.json"}
    text = server_config(design("shamir", "openbao_2_7", fips_level="l1", fips_scope="whole_product")).text
    file = bao.placed(text, tmp_path, int(ran[2]), tls=True)
    now = datetime(2026, 11, 24, 14, tzinfo=UTC)
    results, (scan, _) = judged({"scan.json": ADVISED.read_bytes(), "openbao.hcl": file.read_bytes()}, now)
    assert offered(scan) == ECDHE_ECDSA
    verdicts = {control: results[control].verdict for control in (*OFFER, "C-TL-03")}
    assert verdicts == dict.fromkeys(OFFER, Verdict.PASS) | {"C-TL-03": Verdict.WARN, "C-TL-04": Verdict.WARN}
    assert results["C-TL-04"].reason.startswith("review: the scanner's trust store does not know the issuer")


def test_a_scan_of_the_seeds_listener_fails_for_the_suite_that_its_list_does_not_reach(
    scanners: dict[str, Path], tmp_path: Path
) -> None:
    """The listener names two good suites; TLS 1.3 stays on and brings ChaCha20."""
    text = server_config(design("shamir", "openbao_2_7")).text
    seed = re.search(r' tls_min_version = .*\n  tls_cipher_suites = ".*"\n', SEED.read_text())
    assert seed
    text, replaced = re.subn(r' tls_min_version = .*\n(?:.*\n)*?  tls_cipher_suites = ".*"\n', seed[0], text, count=1)
    assert replaced == 1
    with listening(text, tmp_path, "rsa") as (_, port):
        scans = scanned(scanners, port, tmp_path)
    for name, data in scans.items():
        results, (scan,) = judged({name: data})
        assert offered(scan) == ECDHE_RSA | TLS13
        assert results["C-TL-02"].verdict is Verdict.FAIL
        assert "TLS_CHACHA20_POLY1305_SHA256 is offered" in results["C-TL-02"].reason
        assert results["C-TL-01"].verdict is Verdict.PASS


def test_a_scan_of_another_listener_than_the_files_is_caught(scanners: dict[str, Path], tmp_path: Path) -> None:
    """The file says TLS 1.2 only; the listener that answers has TLS 1.3: C-TL-06 does not let the two pass together."""
    strict_text = server_config(design("shamir", "openbao_2_7", fips_level="l1", fips_scope="whole_product")).text
    with listening(server_config(design("shamir", "openbao_2_7")).text, tmp_path, "ec") as (_, port):
        scans = scanned(scanners, port, tmp_path)
    claimed = bao.placed(strict_text, tmp_path / "claimed", port, tls=True)
    results, _ = judged({"openbao.hcl": claimed.read_bytes(), **scans})
    assert results["C-TL-06"].verdict is Verdict.FAIL
    assert "TLSv1.3 is offered" in results["C-TL-06"].reason
