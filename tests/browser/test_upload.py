"""Files dropped on the evidence page: each has its answer, large ones survive a broken line, a refused one says why."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests import factories
from tests.browser.conftest import Journey

DROP = """(files) => {
  const all = new DataTransfer();
  for (const [name, text] of files) all.items.add(new File([text], name));
  const drop = new DragEvent("drop", { dataTransfer: all, bubbles: true, cancelable: true });
  document.querySelector("form.drop").dispatchEvent(drop);
}"""


def test_dropped_files_are_recognised_one_by_one_and_a_refused_one_does_not_stop_the_rest(
    signed_in: BrowserContext, journey: Journey
) -> None:
    page = signed_in.new_page()
    page.goto(f"{journey.page}evidence/")
    before = page.locator("tr[id^=artefact-]").count()
    config = factories.VAULT_HCL.decode() + "# dropped\n"
    page.evaluate(DROP, [["broken.json", '{"a": '], ["dropped.hcl", config], ["note.txt", "We met on Monday.\n"]])
    rows = page.locator(".uploads li[data-tone]")
    expect(rows).to_have_count(3, timeout=60_000)
    expect(rows.nth(0)).to_contain_text("broken.json, line 1: not valid JSON")
    expect(rows.nth(1)).to_contain_text("Vault config, 1 secret removed.")
    expect(rows.nth(2)).to_contain_text("of no kind that we read")
    assert [row.get_attribute("data-tone") for row in rows.all()] == ["fail", "pass", "pass"]
    page.get_by_role("link", name="Show what was received").click()
    expect(page.locator("tr[id^=artefact-]")).to_have_count(before + 2)
    page.evaluate(DROP, [["dropped.hcl", config]])
    expect(page.locator(".uploads")).to_be_hidden(timeout=60_000)  # all taken in: the page is shown anew
    expect(page.locator("tr[id^=artefact-]")).to_have_count(before + 2)
    page.close()


DROP_LARGE = """(name) => {
  const line = "2026-11-24T10:00:00.000Z [INFO]  core: an ordinary line of a log\\n";
  const secret = "2026-11-24T10:00:01.000Z [INFO]  token=hvs.CAESIJrWq0aPlantedTokenPlantedToken42\\n";
  const all = new DataTransfer();
  all.items.add(new File([line.repeat(300000), secret, name], name, { lastModified: 1700000000000 }));
  const drop = new DragEvent("drop", { dataTransfer: all, bubbles: true, cancelable: true });
  document.querySelector("form.drop").dispatchEvent(drop);
}"""
PIECE = 8 * 1024 * 1024


class Line:
    """The line to the server, which breaks where a test wants it to. asked: (method, offset) of each request."""

    def __init__(self, page: Page, breaks: Callable[[str, int], bool]) -> None:
        self.asked: list[tuple[str, int]] = []
        self.breaks = breaks
        page.route("**/uploads/**", self._pass)

    def _pass(self, route: Route) -> None:
        method, offset = route.request.method, int(route.request.headers.get("upload-offset", 0))
        self.asked.append((method, offset))
        if self.breaks(method, offset):
            route.abort("connectionreset")
        else:
            route.continue_()


def test_a_large_file_goes_up_in_pieces_and_on_after_a_broken_line(signed_in: BrowserContext, journey: Journey) -> None:
    page = signed_in.new_page()
    page.goto(f"{journey.page}evidence/")
    line = Line(page, lambda method, offset: line.asked.count((method, offset)) == 1 and offset == PIECE)
    page.evaluate(DROP_LARGE, "large.log")
    expect(page.locator(".uploads")).to_be_hidden(timeout=60_000)
    expect(page.locator("tr", has_text="large.log")).to_contain_text("Server log")
    expect(page.locator("tr", has_text="large.log")).to_contain_text("1 secret")
    steps = [("POST", 0), ("PATCH", 0), ("PATCH", PIECE), ("HEAD", 0), ("PATCH", PIECE), ("PATCH", 2 * PIECE)]
    assert line.asked == [*steps, ("GET", 0)]
    page.close()


def test_a_file_chosen_again_after_the_page_was_left_goes_on_where_it_was(
    signed_in: BrowserContext, journey: Journey
) -> None:
    page = signed_in.new_page()
    page.goto(f"{journey.page}evidence/")
    line = Line(page, lambda method, offset: offset == PIECE)
    page.evaluate(DROP_LARGE, "left.log")
    expect(page.locator(".uploads li")).to_contain_text("The line is broken; it goes on by itself.")
    page.reload()
    line.breaks = lambda method, offset: False
    line.asked.clear()
    page.evaluate(DROP_LARGE, "left.log")
    expect(page.locator(".uploads")).to_be_hidden(timeout=60_000)
    assert line.asked == [("HEAD", 0), ("PATCH", PIECE), ("PATCH", 2 * PIECE), ("GET", 0)]
    page.close()


def test_a_large_file_that_is_refused_says_why(signed_in: BrowserContext, journey: Journey) -> None:
    page = signed_in.new_page()
    page.goto(f"{journey.page}evidence/")
    page.evaluate(DROP_LARGE.replace("secret, name", "'-----BEGIN PRIVATE KEY-----\\\\n', name"), "key.log")
    row = page.locator(".uploads li[data-tone=fail]")
    expect(row).to_contain_text("a private key stands in this file", timeout=60_000)
    page.close()
