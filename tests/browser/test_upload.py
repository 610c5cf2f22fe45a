"""Files dropped on the evidence page go one by one, each with its answer; what was refused says why and stays named."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, expect

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
