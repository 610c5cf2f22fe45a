"""`python -m tests.browser.screenshots [NAME ...]`: pictures of the pages, for docs/screenshots.

Three views of each (light, dark, 320 px), and some in Japanese. The application is started, filled and ended here.
Which page has which picture stands in `tests/browser/pictures.py`.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.conftest import ROOT, SAMPLES, Site, chromium, connected, serving, sign_in
from tests.browser.people import in_days, make_people, person

FOLDER = ROOT / "docs/screenshots"
VIEWS = {"": ("light", 1280), "-dark": ("dark", 1280), "-narrow": ("light", 320)}
TALLEST = 1800  # px
COLOURS = 128
EVIDENCE = ("conf/loose.hcl", "tls/loose.testssl-flat.json", "runtime/strict-unsealed-shamir.status.json")


def fill(page: Page, browser: Browser, site: Site) -> tuple[str, str]:
    """The sample design with evidence, a signed-off review and one that goes on; its address and a share link."""
    page.goto(f"{site.address}/")
    page.get_by_role("button", name="Try the sample design").click()
    page.wait_for_url("**/designs/*/")
    design = page.url
    connect(page, design)
    page.goto(design)
    page.locator("#q-hsm_skill").get_by_label("I am not sure of this answer").check()
    page.goto(f"{design}evidence/")
    page.locator("#file").set_input_files([SAMPLES / name for name in EVIDENCE])
    page.get_by_role("button", name="Upload").click()
    make_people(site, rita="reviewer", tom="reviewer")
    for number in (1, 2):
        page.goto(f"{design}reviews/")
        page.get_by_role("button", name="Freeze and send to review").click()
        with person(browser, site, "rita") as rita:
            rita.page.goto(f"{design}reviews/{number}/?about=control:C-TL-01")
            rita.page.get_by_label("Your remark").fill("Which listener still takes TLS 1.0, and until when?")
            rita.page.get_by_role("button", name="Keep the remark").click()
            rita.page.goto(f"{design}review/?item=9999")
            rita.page.get_by_label("Approve", exact=True).check()
            rita.page.get_by_role("button", name="Vote", exact=True).click()
            if number == 1:
                with person(browser, site, "tom") as tom:
                    tom.page.goto(f"{design}review/?item=9999")
                    tom.page.get_by_label("Approve with a condition").check()
                    tom.page.locator(".ballot summary").click()
                    tom.page.get_by_label("What must be done").fill("Close TLS 1.0 on every listener")
                    tom.page.locator("#due").fill(in_days(30))
                    tom.page.get_by_role("button", name="Vote", exact=True).click()
                    tom.page.get_by_role("button", name="Close the meeting").click()
    page.goto(f"{design}reviews/2/")
    page.get_by_label("For whom").fill("Board")
    page.get_by_label("Until (at most 30 days)").fill(in_days(7))
    for part in page.locator("[name='parts']").all():
        part.check()
    page.get_by_role("button", name="Make a link").click()
    return design, page.locator("a[href*='/shared/']").get_attribute("href") or ""


def connect(page: Page, design: str) -> None:
    """Two pipelines and two webhooks, before anything happens that they hear of."""
    for repository, more in (("bank/vault-config", "ref = refs/heads/main"), ("bank/scans", "")):
        page.goto(f"{design}pipelines/")
        page.get_by_label("Repository").fill(repository)
        page.get_by_label("Further claims").fill(more)
        page.get_by_role("button", name="Admit its jobs").click()
    for address in ("http://127.0.0.1:9/tickets/seal?team=platform", "http://127.0.0.1:9/chat"):
        page.goto(f"{design}webhooks/")
        page.locator("#address").fill(address)
        page.get_by_label("answers changed").check()
        page.get_by_label("evidence came in").check()
        page.get_by_role("button", name="Tell this address").click()


def build(page: Page, design: str) -> None:
    """A package, signed."""
    page.goto(f"{design}packages/")
    page.get_by_role("button", name="Build a package").click()
    page.locator(".package", has_text="Signed").wait_for(timeout=120_000)


def first(page: Page, where: str, pattern: str) -> str:
    """The first address on that page that looks like this."""
    page.goto(where)
    found = re.search(f'href="([^"]*{pattern})"', page.content())
    if found is None:
        raise SystemExit(f"{where} leads to nothing like {pattern}")
    return found[1]


def more_addresses(site: Site, design: str, page: Page) -> Iterator[tuple[str, str]]:
    """The pages that need no review: name of the picture, address."""
    uuid = "[0-9a-f-]{36}"
    here = site.address
    for name in ("pipelines", "webhooks", "drift", "collect-plan", "coverage", "frameworks", "upkeep", "evidence",
                 "packages", "decision", "compare", "revisions"):  # fmt: skip
        yield name, f"{design}{name}/"
    yield "answers-file", f"{design}answers/file/"
    yield "prefill", f"{design}answers/prefill/"
    yield "check-answers", f"{design}revisions/new/"
    yield "revision", f"{design}revisions/1/"
    yield "framework", f"{design}frameworks/pci_dss_4/"
    yield "webhook", here + first(page, f"{design}webhooks/", f"/webhooks/{uuid}/")
    yield "artefact", here + first(page, f"{design}evidence/", f"/evidence/{uuid}/")
    for name in ("people", "house-rules", "certificates"):
        found = here + first(page, f"{here}/", f"/organisations/{uuid}/people/")
        yield {"certificates": "shared-certificates"}.get(name, name), found.replace("/people/", f"/{name}/")
    for name in ("trail", "fleet", "verify", "account", "account/password", "account/tokens", "account/providers"):
        yield name.removeprefix("account/") if name != "account" else name, f"{here}/{name}/"
    yield "api-docs", f"{here}/api/v1/docs/"
    yield "not-found", f"{here}/nothing/"


def addresses(site: Site, design: str, link: str) -> Iterator[tuple[str, str]]:
    """Name of the picture, address of the page."""
    yield "designs", f"{site.address}/"
    yield "reviews", f"{design}reviews/"
    yield "review-record", f"{design}reviews/1/"
    yield "review", f"{design}review/"
    yield "review-what-if", f"{design}review/?item={{what_if}}"
    yield "review-vote", f"{design}review/?item=9999"
    yield "shared", link
    yield "search", f"{site.address}/search/?q=tls"
    yield "help", f"{site.address}/help/"
    yield "help-questions", f"{site.address}/help/questions/"
    yield "help-options", f"{site.address}/help/options/"
    yield "help-controls", f"{site.address}/help/controls/"
    yield "questions", design
    yield "controls", f"{design}controls/"
    yield "statements", f"{design}register/"


IN_JAPANESE = (
    "decision",
    "people",
    "trail",
    "help-options",
    "designs",
    "questions",
    "review",
    "review-what-if",
    "controls",
    "reviews",
)


def shoot(context: BrowserContext, name: str, address: str) -> None:
    """Light and dark as a window shows it, narrow and the meeting further down; in few colours, to stay small."""
    page = context.new_page()
    page.goto(address)
    size = page.viewport_size or {"width": 1280, "height": 900}
    height = page.evaluate("document.documentElement.scrollHeight")
    tall = size["width"] < 1000 or name.startswith("review")
    page.set_viewport_size({"width": size["width"], "height": min(height, TALLEST) if tall else size["height"]})
    picture = Image.open(BytesIO(page.screenshot()))
    picture.quantize(COLOURS).save(FOLDER / f"{name}.png", optimize=True)
    page.close()


def main(wanted: list[str]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="seal-advisor-shots-"))
    with serving(folder, **connected(folder)) as site, sync_playwright() as playwright:
        browser = chromium(playwright)
        signed_in = browser.new_context(base_url=site.address)
        page = signed_in.new_page()
        sign_in(page, site)
        design, link = fill(page, browser, site)
        build(page, design)
        page.goto(f"{design}review/")
        unsure = page.locator(".stage-list li", has_text="Not sure").first.locator("a").get_attribute("href") or ""
        state = signed_in.storage_state()
        pages = [*addresses(site, design, link), *more_addresses(site, design, page)]
        for suffix, (scheme, width) in [*VIEWS.items(), ("-ja", ("light", 1280))]:
            locale = "ja" if suffix == "-ja" else "en"
            context = browser.new_context(
                storage_state=state, color_scheme=scheme, viewport={"width": width, "height": 900}, locale=locale
            )
            for name, address in pages:
                if (not wanted or name in wanted) and (suffix != "-ja" or name in IN_JAPANESE):
                    there = address.replace("?item={what_if}", f"{unsure.rpartition('/')[2]}&value=none")
                    shoot(context, f"{name}{suffix}", there)
            context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
