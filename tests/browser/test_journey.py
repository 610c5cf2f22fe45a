"""The main job in a real browser: from the sample design to a signed report, then its verification by a stranger."""

from __future__ import annotations

import subprocess

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import SAMPLES, Journey, Site, listen, needed, sign_in


def test_from_the_sample_design_to_the_signed_report(journey: Journey) -> None:
    assert journey.trouble == []
    assert journey.clicks <= 30
    panel, decision, files, controls = journey.seen
    assert panel == decision == "Keep the seal key in an HSM and let Vault unseal over PKCS#11."
    assert files == "5 files"
    assert "fail" in controls
    assert journey.report.read_bytes().startswith(b"%PDF-")


def test_an_independent_tool_calls_the_downloaded_report_valid(journey: Journey) -> None:
    done = subprocess.run(
        [needed("pdfsig", "poppler-utils"), "-nocert", str(journey.report)], capture_output=True, text=True
    )
    assert "Signature is Valid" in done.stdout


def test_a_stranger_checks_the_package_on_the_page(journey: Journey, browser: Browser, site: Site) -> None:
    page = browser.new_page(base_url=site.address)
    trouble = listen(page)
    page.goto("/verify/")
    page.get_by_label("package.zip or report.pdf").set_input_files(journey.archive)
    page.get_by_role("button", name="Check it").click()
    expect(page.locator("#report-title")).to_have_text("This package is exactly what was signed.")
    changed = bytearray(journey.archive.read_bytes())
    changed[len(changed) // 2] ^= 1
    page.get_by_label("package.zip or report.pdf").set_input_files(
        {"name": "package.zip", "mimeType": "application/zip", "buffer": bytes(changed)}
    )
    page.get_by_role("button", name="Check it").click()
    expect(page.locator("#report-title")).to_have_text("This package is not what was signed.")
    assert trouble == []
    page.close()


def blank_design(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_label("Name of the Vault or the platform").fill(name)
    page.get_by_role("button", name="Start a design").click()
    page.wait_for_url("**/designs/*/")


def test_the_live_result_follows_each_answer_and_keeps_the_focus(signed_in: BrowserContext, journey: Journey) -> None:
    page = signed_in.new_page()
    trouble = listen(page)
    blank_design(page, "Live")
    expect(page.locator("#result")).to_contain_text("Not decided yet")
    page.locator("#q-operator_keys").get_by_label("Forbidden").check()
    expect(page.locator("#result #option-shamir")).to_contain_text("Excluded")
    expect(page.locator("#said")).to_contain_text("Saved.")
    assert page.evaluate("document.activeElement.name") == "operator_keys"
    page.locator("#option-shamir > summary").click()
    page.locator("#q-boundary").get_by_label("Only inside an HSM that is ours alone").check()
    expect(page.locator("#result #option-cloud_kms")).to_contain_text("Excluded")
    assert page.locator("#option-shamir").get_attribute("open") is not None  # what was unfolded stays unfolded
    page.locator("#more-boundary > summary").click()
    page.locator("#note-boundary").fill("Ask the regulator")
    with page.expect_response("**/answers/"):
        page.locator("#note-boundary").blur()
    page.reload()
    expect(page.locator("#q-boundary").get_by_label("Only inside an HSM that is ours alone")).to_be_checked()
    expect(page.locator("#note-boundary")).to_have_value("Ask the regulator")
    assert trouble == []
    page.close()


def test_typing_an_amount_selects_it_and_saves_it(signed_in: BrowserContext, journey: Journey) -> None:
    page = signed_in.new_page()
    blank_design(page, "Amount")
    page.locator("[name='rto.amount']").fill("15")
    with page.expect_response("**/answers/"):
        page.locator("[name='rto.amount']").blur()
    expect(page.locator("#given-rto")).to_be_checked()
    page.reload()
    expect(page.locator("[name='rto.amount']")).to_have_value("15")
    page.close()


def test_an_answer_that_cannot_be_saved_is_said(signed_in: BrowserContext, journey: Journey) -> None:
    page = signed_in.new_page()
    page.goto(journey.page)
    page.route("**/answers/", lambda route: route.abort())
    page.locator("#q-hosting").get_by_label("Amazon Web Services").check()
    expect(page.locator("#said")).to_contain_text("could not be saved")
    expect(page.locator("#said")).to_be_visible()
    page.close()


def test_the_whole_questionnaire_by_keyboard_alone(signed_in: BrowserContext, journey: Journey) -> None:
    page = signed_in.new_page()
    trouble = listen(page)
    blank_design(page, "Keyboard")
    asked = page.locator("fieldset.question").evaluate_all("all => all.map(one => one.id.slice(2))")
    page.locator("#answers").evaluate("form => { form.tabIndex = -1; form.focus(); }")
    answered: list[str] = []
    for _ in range(len(asked) * 8):
        page.keyboard.press("Tab")
        at = page.evaluate(
            "(({name, type, tagName}) => [name || '', type || '', tagName,"
            " getComputedStyle(document.activeElement).outlineStyle])(document.activeElement)"
        )
        name, kind, element, outline = at
        assert outline != "none", f"the focus on {name or element} cannot be seen"
        if kind == "radio" and name not in answered:
            page.keyboard.press("ArrowUp")
            answered.append(name)
        elif name.endswith((".amount", ".text")):
            page.keyboard.type("4" if kind == "number" else "1.21.3")
            answered.append(name.rpartition(".")[0])
        elif element == "BUTTON":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/decision/")
    assert sorted(asked) == sorted(answered)
    assert page.locator("td", has_text="I do not know").count() == 0
    assert trouble == []
    page.close()


def test_the_main_job_without_javascript(browser: Browser, site: Site, journey: Journey) -> None:
    context = browser.new_context(base_url=site.address, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site)
    blank_design(page, "No script")
    page.locator("#q-boundary").get_by_label("Only inside an HSM that is ours alone").check()
    page.locator("#q-platform").get_by_label("Vault Community").check()
    page.locator("[name='rto.amount']").fill("15")
    page.get_by_role("button", name="Save and go to the decision").click()
    expect(page.locator("h1")).to_have_text("No option satisfies these answers.")
    page.goto(f"{journey.page}evidence/")
    page.locator("#file").set_input_files(SAMPLES / "conf/transit-seal.hcl")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="6 files")).to_be_visible()
    page.goto(f"{journey.page}packages/")
    page.get_by_role("button", name="Build a package").click()
    expect(page.get_by_role("heading", name="2 packages")).to_be_visible()
    expect(page.get_by_role("link", name="Look again")).to_be_visible()
    context.close()
