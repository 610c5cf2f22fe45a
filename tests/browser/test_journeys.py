"""What people come for, walked by the people themselves: clicks, answers and seconds counted against the bars."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from seal_advisor.core import ruleset
from seal_advisor.core.answers import parse
from seal_advisor.core.explain import explain
from seal_advisor.core.rules import load
from tests.browser.conftest import PATIENCE_SECONDS, SAMPLES, Site
from tests.browser.people import Person, in_days, make_people, person
from tests.factories import ANSWERS

# A reader at 3 m: see static/css/meeting.css for where the number comes from.
SMALLEST_PX = 28
TITLE_PX = 52


@pytest.fixture(scope="module")
def people(site: Site) -> Site:
    make_people(site, alice="architect", rita="reviewer", tom="reviewer", carl="compliance")
    return site


@pytest.fixture(scope="module")
def alice(people: Site, browser: Browser) -> Iterator[Person]:
    with person(browser, people, "alice") as somebody:
        yield somebody


def start_design(alice: Person, name: str) -> None:
    alice.page.get_by_label("Name of the Vault or the platform").fill(name)
    alice.page.get_by_role("button", name="Start a design").click()


def test_architect_answers_what_is_suggested_and_downloads_the_design(alice: Person) -> None:
    page, before, began = alice.page, alice.clicks, time.monotonic()
    page.goto("/")
    start_design(alice, "Journey")
    expect(page.locator("#result #option-pkcs11, #result .option").first).to_be_visible()
    assert time.monotonic() - began < 10, "the possible options were not seen within 10 s of opening"
    answered = 0
    while page.locator("#result .result-sentence").inner_text().startswith("Not decided yet"):
        suggested = page.locator("#result .result-next a")
        href = suggested.get_attribute("href") or ""
        question = href.rpartition("#q-")[2]
        with page.expect_response("**/answers/"):
            page.locator(f"#q-{question} input[type=radio][value='{ANSWERS[question]}']").check()
        expect(page.locator(f"#result .result-next a[href='{href}']")).to_have_count(0)  # the panel has been exchanged
        answered += 1
        assert answered <= 20
    page.get_by_role("link", name="Read the decision").click()
    expect(page.locator("h1")).to_have_text("Keep the seal key in an HSM and let Vault unseal over PKCS#11.")
    with page.expect_download() as design:
        page.get_by_role("link", name="Download the design").click()
    assert design.value.suggested_filename.endswith(".zip")
    assert alice.clicks - before <= 30, f"{alice.clicks - before} clicks"
    assert time.monotonic() - began < 300


def test_the_suggested_order_settles_a_decision_in_twelve_answers_at_the_median() -> None:
    """Forty houses whose answers are drawn with a fixed seed, asked in the suggested order only."""
    rules = load(ruleset.current())
    counts = [_asked(rules, seed) for seed in range(40)]
    assert statistics.median(counts) <= 12
    assert max(counts) <= 20


def _asked(rules: object, seed: int) -> int:
    given: dict[str, str] = {}
    while True:
        found = explain(rules, parse({"answers": given}, rules))  # type: ignore[arg-type]
        key = found.next_question
        if found.decision.status != "open" or key is None:
            return len(given)
        question = rules.by_id[key]  # type: ignore[attr-defined]
        choices = [one.id for one in question.values] or ["PT15M", "PT4H", "P1D"]
        given[key] = choices[hash((seed * 2654435761, len(given) * 40503)) % len(choices)]


@pytest.fixture(scope="module")
def proved(alice: Person) -> str:
    """The address of the sample design with evidence in it."""
    page = alice.page
    page.goto("/")
    page.get_by_role("button", name="Try the sample design").click()
    page.wait_for_url("**/designs/*/")
    address = page.url
    page.goto(f"{address}evidence/")
    page.locator("#file").set_input_files([SAMPLES / "conf/loose.hcl", SAMPLES / "tls/loose.testssl-flat.json"])
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="2 files")).to_be_visible()
    return address


def test_compliance_officer_three_clicks_from_the_controls_to_the_signed_report(
    people: Site, browser: Browser, proved: str, tmp_path: Path
) -> None:
    with person(browser, people, "carl") as carl:
        page = carl.page
        page.goto(f"{proved}controls/")
        missing = page.locator("tbody tr", has_text="Not proven").first.text_content() or ""
        assert "Vault operator" in missing, f"the row does not say from whom: {missing}"
        page.goto(f"{proved}coverage/")
        unsettled = page.locator("tr", has_text="Vault operator").first.text_content() or ""
        assert re.search(r"\d{4}-\d{2}-\d{2}", unsettled), f"the row does not say since when: {unsettled}"
        page.goto(f"{proved}controls/")
        page.get_by_role("link", name="Build the package").click()
        page.get_by_role("button", name="Build a package").click()
        page.locator(".package", has_text="Signed").first.wait_for(timeout=PATIENCE_SECONDS * 1000)
        with page.expect_download() as report:
            page.get_by_role("link", name="Report (PDF)").first.click()
        assert carl.clicks <= 3, f"{carl.clicks} clicks"
        assert Path(report.value.path()).read_bytes().startswith(b"%PDF-")
        with page.expect_download() as archive:
            page.get_by_role("link", name="Package (zip)").first.click()
        archive.value.save_as(tmp_path / "package.zip")
    program = Path(sys.executable).with_name("seal-advisor")
    began = time.monotonic()
    done = subprocess.run([program, "verify", tmp_path / "package.zip"], capture_output=True, text=True)
    assert (done.returncode, time.monotonic() - began < 5) == (0, True), done.stdout + done.stderr


def test_review_meeting_decide_vote_close_and_signed_minutes(
    alice: Person, people: Site, browser: Browser, proved: str
) -> None:
    alice.page.goto(f"{proved}reviews/")
    alice.page.get_by_role("button", name="Freeze and send to review").click()
    with person(browser, people, "rita") as rita, person(browser, people, "tom") as tom:
        page = rita.page
        page.set_viewport_size({"width": 1280, "height": 720})
        page.goto(f"{proved}review/")
        points = page.locator(".stage-list li").count()
        assert points > 5, "the agenda is built from what is there"
        small = [line for line in _sizes(rita) if line]
        for place in range(points):
            page.keyboard.press("ArrowRight")  # nobody touches the mouse
            expect(page.locator(".stage")).to_have_attribute("data-kind", "item")
            expect(page.locator(".stage-line")).to_contain_text(f"{place + 1} of {points + 1}")
            small += _sizes(rita)
        page.keyboard.press("ArrowRight")
        assert small == []
        assert rita.clicks == 0
        tom.page.goto(f"{proved}review/?item=9999")
        _vote(tom, "Approve with a condition", condition="Rotate the PIN after the ceremony")
        began = time.monotonic()
        _vote(rita, "Approve")
        page.get_by_role("button", name="Close the meeting").click()
        expect(page.locator("main")).to_contain_text("Signed off")
        with page.expect_download() as minutes:
            page.get_by_role("link", name="Minutes").click()
        assert time.monotonic() - began < 10, "the minutes were not there within 10 s of the approval"
        text = Path(minutes.value.path()).read_text(encoding="utf-8")
        assert "Approved with conditions (2 for, 0 against, 0 abstained; quorum 2)." in text
        assert "| Rotate the PIN after the ceremony | alice |" in text
        with page.expect_download() as signature:
            page.get_by_role("link", name="Signature").click()
        assert Path(signature.value.path()).stat().st_size > 40


def _vote(voter: Person, choice: str, *, condition: str = "") -> None:
    page = voter.page
    page.get_by_label(choice, exact=True).check()
    if condition:
        page.locator(".ballot summary").click()
        page.get_by_label("What must be done").fill(condition)
        page.get_by_label("By whom").select_option("alice")
        page.locator("#due").fill(in_days(30))
    page.get_by_role("button", name="Vote", exact=True).click()
    expect(page.locator(".stage")).to_contain_text("for,")


def _sizes(reader: Person) -> list[str]:
    """Every text of the point that is too small to be read at 3 m, and a title that is no title."""
    found: list[str] = reader.page.evaluate(
        """([smallest, title]) => {
          const seen = element => element.offsetParent !== null && [...element.childNodes].some(
            node => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
          const size = element => parseFloat(getComputedStyle(element).fontSize);
          const all = [...document.querySelectorAll("main *, header *")].filter(seen);
          const small = all.filter(element => size(element) < smallest - 0.5 && !element.closest(".visually-hidden"));
          const heading = document.querySelector("main h1");
          return [...small.map(element => `${size(element)} px: ${element.textContent.trim().slice(0, 60)}`),
            ...(size(heading) < title ? [`title of ${size(heading)} px`] : [])];
        }""",
        [SMALLEST_PX, TITLE_PX],
    )
    return found


def test_a_guest_follows_the_meeting_by_link_without_an_account(
    alice: Person, people: Site, browser: Browser, proved: str
) -> None:
    page = alice.page
    page.goto(f"{proved}reviews/1/")
    page.get_by_label("Until (at most 30 days)").fill(in_days(2))
    page.get_by_label("Meeting view, one point at a time").check()
    page.get_by_role("button", name="Make a link").click()
    address = page.locator("a[href*='/shared/']").inner_text()
    guest = browser.new_page()
    guest.goto(address)
    guest.get_by_role("link", name="Open the meeting view").click()
    expect(guest.locator(".stage")).to_have_attribute("data-kind", "opening")
    guest.wait_for_load_state()  # the keys are listened to from here on
    guest.keyboard.press("ArrowRight")
    expect(guest.locator(".stage")).to_have_attribute("data-kind", "item")
    assert guest.locator("form").count() == 0
    guest.close()
    page.goto(f"{proved}reviews/1/")
    page.get_by_role("button", name="Revoke").click()
    refused = browser.new_page()
    answer = refused.goto(address)
    assert answer is not None
    assert answer.status == 404
    refused.close()


def test_a_what_if_in_the_meeting_swaps_in_place_and_stores_nothing(alice: Person) -> None:
    page = alice.page
    page.goto("/")
    start_design(alice, "What if")
    with page.expect_response("**/answers/"):
        page.locator("#q-boundary").get_by_label("Only inside an HSM that is ours alone").check()
    address = page.url
    page.goto(f"{address}review/")
    page.get_by_role("link", name="Where may the seal key exist", exact=False).or_(
        page.locator(".stage-list a").first
    ).first.click()
    page.locator("#what-if a").last.click()
    expect(page.locator("#what-if")).to_contain_text("Tried out only: nothing was changed.")
    page.goto(address)
    expect(page.locator("#q-boundary").get_by_label("Only inside an HSM that is ours alone")).to_be_checked()
    assert page.locator("fieldset.question input[type=radio]:checked:not([value=''])").count() == 1
