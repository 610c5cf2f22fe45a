"""The real application in a process of its own, with its real worker, and Debian's Chromium in front of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from tests.services import free_port

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "tests/data/samples"
PATIENCE_SECONDS = 60
EVIDENCE = (
    "conf/loose.hcl",
    "conf/strict-fips.hcl",
    "tls/loose.testssl-flat.json",
    "runtime/strict-unsealed-shamir.status.json",
    "hsm/softhsm2-syslog-raw.txt",
)


@dataclass(frozen=True, slots=True)
class Site:
    """A running application. password: the administrator's, as the first start printed it."""

    address: str
    password: str
    log: Path


@dataclass(slots=True)
class Journey:
    """What one walk from the sign-in to the downloaded report left behind. page: address of the design."""

    page: str
    clicks: int
    report: Path
    archive: Path
    seen: list[str]
    trouble: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with serving(folder, **connected(folder)) as started:
        yield started


def connected(folder: Path) -> dict[str, str]:
    """Settings under which the pages of pipelines and webhooks show everything: an issuer, a network of one's own."""
    issuers = folder / "issuers.toml"
    issuers.write_text('[[issuer]]\nkind = "github"\naudience = "https://seal.example"\n', encoding="utf-8")
    return {"CI_ISSUERS_FILE": str(issuers), "WEBHOOK_NETWORKS": "127.0.0.0/8"}


@contextmanager
def serving(folder: Path, port: int = 0, **more: str) -> Iterator[Site]:
    """The application with its data in this folder, ended by its process id. more: further environment."""
    log, port = folder / "serve.log", port or free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if key not in {"DJANGO_SETTINGS_MODULE", "SECRET_KEY"}},
        "SEAL_ADVISOR_DATA": str(folder / "var"),
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        **more,
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Site(f"http://127.0.0.1:{port}", _password(process, log, port), log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _password(process: subprocess.Popen[bytes], log: Path, port: int) -> str:
    """Wait until the application answers; then its log holds the first administrator's password."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"with the password\s+(\S+)", log.read_text(encoding="utf-8"))
        if found and _answers(port):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"the application did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def needed(program: str, package: str) -> str:
    """The program's path; without it the test is skipped, or fails where nothing may be missing."""
    found = shutil.which(program)
    if found is None:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(f"{program} is required (REQUIRE_SERVICES=1): apt-get install {package}")
        pytest.skip(f"{program} is missing: apt-get install {package}")
    return found


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = chromium(playwright)
    yield started
    started.close()


def chromium(playwright: Playwright) -> Browser:
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    return playwright.chromium.launch(executable_path=needed("chromium", "chromium"), args=arguments)


@pytest.fixture(scope="session")
def signed_in(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """The administrator's browser; the pages of all tests share its session."""
    context = browser.new_context(base_url=site.address, accept_downloads=True)
    page = context.new_page()
    sign_in(page, site)
    page.close()
    yield context
    context.close()


def sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sign-in/")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.address}/")


def listen(page: Page) -> list[str]:
    """Everything that the browser complains about, collected while the page lives."""
    trouble: list[str] = []

    def console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            trouble.append(f"{page.url}: {message.text}")

    page.on("console", console)
    page.on("pageerror", lambda error: trouble.append(f"{page.url}: {error}"))
    return trouble


@pytest.fixture(scope="session")
def journey(signed_in: BrowserContext, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Journey:
    """Sample design, evidence, controls, package, report: the main job, once, with every click counted."""
    page = signed_in.new_page()
    trouble = listen(page)
    clicks, seen = 0, []
    page.goto("/")
    page.get_by_role("button", name="Try the sample design").click()
    page.wait_for_url("**/designs/*/")
    address = page.url.removeprefix(site.address)
    seen.append(page.locator("#result .result-sentence").inner_text())
    page.get_by_role("link", name="Read the decision").click()
    seen.append(page.locator("h1").inner_text())
    page.get_by_role("link", name="Prove it").click()
    page.get_by_label("Files").set_input_files([SAMPLES / name for name in EVIDENCE])
    page.get_by_role("button", name="Upload").click()
    seen.append(page.get_by_role("heading", name="5 files").inner_text())
    page.get_by_role("link", name="Controls").click()
    seen.append(page.locator("h1").inner_text())
    page.get_by_role("link", name="Build the package").click()
    page.get_by_role("button", name="Build a package").click()
    signed = page.locator(".package", has_text="Signed")
    signed.wait_for(timeout=PATIENCE_SECONDS * 1000)
    folder = tmp_path_factory.mktemp("downloads")
    clicks = 8
    with page.expect_download() as report:
        page.get_by_role("link", name="Report (PDF)").click()
    report.value.save_as(folder / "report.pdf")
    with page.expect_download() as archive:
        page.get_by_role("link", name="Package (zip)").click()
    archive.value.save_as(folder / "package.zip")
    page.close()
    return Journey(address, clicks + 2, folder / "report.pdf", folder / "package.zip", seen, trouble)
