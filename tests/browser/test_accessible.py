"""Every page of the URL map: WCAG 2.2 AA in light, dark and at 320 px, a strict policy, no script needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.addresses import Walk, walk
from tests.browser.conftest import Journey, Site, listen
from tests.browser.people import in_days

# The structure of a page is the same in every view; the other view repeats the rules that look at what is painted, in
# the dark and at 320 px at once: contrast does not hang on the width, nor the width on the colours.
PAINTED = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]
VIEWS: dict[str, dict[str, Any]] = {
    "light": {
        "color_scheme": "light",
        "width": 1280,
        "rules": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "dark and narrow": {"color_scheme": "dark", "width": 320, "rules": PAINTED},
}
UNFOLDED = 12  # of a page's folded parts, which are all alike on the long pages: a thousand rules cost a minute
PREFILLED = "/designs/new/?title=Linked&answers=%7B%22answers%22:%7B%22boundary%22:%22anywhere%22%7D%7D"


@pytest.fixture(scope="module")
def everything(signed_in: BrowserContext, journey: Journey) -> Walk:
    """The design of the journey with a review that is over, one that goes on, and a link: then the whole URL map."""
    page = signed_in.new_page()
    reviews = f"{journey.page}reviews/"
    for _ in range(2):
        page.goto(reviews)
        page.get_by_label("Votes that must be cast").fill("1")
        page.get_by_role("button", name="Freeze and send to review").click()
        page.get_by_role("link", name="Remarks, votes, links").click()
        page.get_by_label("Your remark").fill("Which witness?")
        page.get_by_role("button", name="Keep the remark").click()
        page.get_by_role("radio", name="Reject").check()
        page.get_by_role("textbox", name="Reason").fill("The ceremony had no witness.")
        page.get_by_role("button", name="Vote", exact=True).click()
        if "/reviews/1/" in page.url:
            page.get_by_role("button", name="Close the meeting").click()
    page.get_by_label("Until (at most 30 days)").fill(in_days(7))
    for part in page.locator("[name='parts']").all():
        part.check()
    page.get_by_role("button", name="Make a link").click()
    secret = page.locator("a[href*='/shared/']").get_attribute("href") or ""
    page.goto("/")
    organisation = re.search(r"/organisations/([0-9a-f-]{36})/", page.content())
    page.goto(f"{journey.page}packages/")
    package = re.search(r"/packages/([0-9a-f-]{36})/", page.content())
    page.goto(f"{journey.page}evidence/")
    artefact = re.search(r"/evidence/([0-9a-f-]{36})/", page.content())
    webhook = a_webhook(page, journey)
    design = re.search(r"[0-9a-f-]{36}", journey.page)
    assert design
    rows = {
        "design_id": {"": design[0]},
        "number": {"": "1"},
        "name": {"reviews/": "review.json", "decision/files/": "vault.hcl"},
        "package_id": {"": package[1] if package else ""},
        "webhook_id": {"": webhook},
        "artefact_id": {"": artefact[1] if artefact else ""},
        "organisation_id": {"": organisation[1] if organisation else ""},
        "secret": {"": secret.rstrip("/").rsplit("/", 1)[-1]},
        "framework_id": {"": "pci_dss_4"},
        "kind": {"register/": "certificates"},
    }
    found = walk(page.request, rows)
    page.close()
    return found


def a_webhook(page: Page, journey: Journey) -> str:
    """The id of one, and a pipeline beside it: a table is looked at with rows."""
    page.goto(f"{journey.page}pipelines/")
    page.get_by_label("Repository").fill("bank/vault-config")
    page.get_by_role("button", name="Admit its jobs").click()
    page.get_by_role("link", name="Webhooks: tell other systems").click()
    page.locator("#address").fill("http://127.0.0.1:9/seal")
    page.get_by_label("a package is signed").check()
    page.get_by_role("button", name="Tell this address").click()
    found = re.search(r"/webhooks/([0-9a-f-]{36})/", page.content())
    return found[1] if found else ""


# Routes about a row that this walk does not make: a form's POST only, or a provider, a key, a factor of an account.
POSTS_ONLY = re.compile(r"^account/|<uuid:(entry|hold|thread|link|token|pipeline)_id>|<int:(item|membership)_id>")


def test_every_route_of_the_url_map_is_walked(everything: Walk) -> None:
    assert [route for route in everything.unfilled if not POSTS_ONLY.search(route)] == []
    assert len(everything.pages) >= 30


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("view", VIEWS)
def test_every_page_is_accessible(
    view: str, half: int, signed_in: BrowserContext, journey: Journey, everything: Walk
) -> None:
    page = signed_in.new_page()
    _look(page, view)
    trouble = listen(page)
    more = (
        f"{journey.page}decision/?for=executive&option=shamir&threshold=9",
        f"{journey.page}review/?item=1",
        f"{journey.page}review/?item=99999",
        f"{journey.page}reviews/2/",
        "/search/?q=witness",
        PREFILLED,
        "/nothing/",
    )
    found = [line for address in (*everything.pages, *more)[half::2] for line in _violations(page, view, address)]
    assert [line for line in trouble if "404" not in line] == []
    assert found == []
    page.close()


@pytest.mark.parametrize("view", VIEWS)
def test_the_pages_before_the_door_are_accessible(view: str, browser: Browser, site: Site, everything: Walk) -> None:
    page = browser.new_page(base_url=site.address)
    _look(page, view)
    open_to_all = [one for one in everything.pages if one.startswith(("/shared/", "/verify/")) or one == "/help/"]
    addresses = ("/sign-in/", "/nothing/", *open_to_all)
    assert [line for address in addresses for line in _violations(page, view, address)] == []
    page.close()


def test_every_page_is_whole_without_javascript_and_under_a_strict_policy(
    browser: Browser, signed_in: BrowserContext, site: Site, everything: Walk
) -> None:
    state = signed_in.storage_state()
    context = browser.new_context(base_url=site.address, java_script_enabled=False, storage_state=state)
    page = context.new_page()
    for address in everything.pages:
        answer = page.goto(address)
        assert answer
        policy = answer.headers.get("content-security-policy", "")
        assert "script-src 'self'" in policy, address
        assert "unsafe" not in policy, address
        assert page.locator("main h1").count() == 1, f"{address}: not one heading"
        assert page.locator("[onclick], [style], script:not([src]), style").count() == 0, address
        for form in page.locator("main form").all():
            assert form.locator("button, input[type=submit]").count() or form.get_attribute("id"), address
    context.close()


def test_the_first_key_leads_to_the_content_and_nothing_jumps_the_queue(
    signed_in: BrowserContext, everything: Walk
) -> None:
    page = signed_in.new_page()
    for address in everything.pages:
        page.goto(address)
        assert page.locator("[tabindex]:not([tabindex='0']):not([tabindex='-1'])").count() == 0, address
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.className || document.activeElement.autofocus")
        assert focused in ("skip", True), f"{address}: the first key leads to {focused!r}"
    page.close()


def test_paper_gets_the_sheet_alone(signed_in: BrowserContext, journey: Journey) -> None:
    page = signed_in.new_page()
    page.emulate_media(media="print")
    for part in ("decision/", "controls/", "review/?item=1", "reviews/1/", "pipelines/", "webhooks/"):
        page.goto(f"{journey.page}{part}")
        shown = page.locator(".bar, .colophon, .road, .road-more, .stage-nav, form, .button").locator("visible=true")
        assert shown.count() == 0, part
        assert page.locator("h1").is_visible()
    page.close()


def _look(page: Page, view: str) -> None:
    page.emulate_media(color_scheme=VIEWS[view]["color_scheme"])
    page.set_viewport_size({"width": VIEWS[view]["width"], "height": 900})


def _violations(page: Page, view: str, address: str) -> Iterator[str]:
    """One line for each element that breaks a rule, with what is folded seen; and for a page wider than its window."""
    page.goto(address)
    unfold = f"[...document.querySelectorAll('details')].slice(0, {UNFOLDED}).forEach(one => {{ one.open = true; }})"
    page.evaluate(unfold)
    results = Axe().run(page, options={"runOnly": VIEWS[view]["rules"]}).response
    for rule in results["violations"]:
        for node in rule["nodes"]:
            yield f"{address} {rule['id']}: {node['target']} {node['failureSummary'][:200]}"
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        yield f"{address} is {wide} px too wide"
