"""A security key in a real browser (Chromium's virtual authenticator), an authenticator app, their pages seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Site, listen, serving
from tests.browser.test_accessible import VIEWS, _look, _violations

KEY = {
    "protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
PAGES = (
    "/account/", "/account/tokens/", "/account/totp/activate/", "/account/webauthn/add/", "/account/webauthn/",
    "/account/recovery-codes/",
)  # fmt: skip


@pytest.fixture(scope="module")
def own_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose administrator may get a second factor; by name, because a security key knows no numbers."""
    with serving(tmp_path_factory.mktemp("factor")) as started:
        yield Site(started.address.replace("127.0.0.1", "localhost"), started.password, started.log)


def password_in(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sign-in/")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Sign in").click()


def confirm(page: Page, site: Site) -> None:
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Confirm").click()


def code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_a_security_key_is_added_and_opens_the_door(browser: Browser, own_site: Site, tmp_path: Path) -> None:
    context = browser.new_context(base_url=own_site.address)
    page = context.new_page()
    trouble = listen(page)
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    key = session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]

    password_in(page, own_site)
    page.get_by_role("link", name="admin").click()
    page.get_by_role("link", name="add one").click()
    confirm(page, own_site)
    page.get_by_label("Name").fill("The blue one")
    page.get_by_role("button", name="Add the key").click()
    page.wait_for_url("**/account/recovery-codes/")
    spare = page.locator("#recovery-codes li").all_inner_texts()
    assert len(spare) == 10
    assert len(session.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]) == 1

    found = []
    for view in VIEWS:
        _look(page, view)
        for address in PAGES:
            found += list(_violations(page, view, address))
            shot = f"{address.strip('/').replace('/', '-')}-{view}.png"
            page.screenshot(path=tmp_path / shot, full_page=True)
    assert found == []

    page.goto("/account/")
    page.get_by_role("button", name="Sign out").click()
    password_in(page, own_site)
    page.wait_for_url("**/account/authenticate/")
    for view in VIEWS:
        _look(page, view)
        found += list(_violations(page, view, "/account/authenticate/"))
        page.screenshot(path=tmp_path / f"authenticate-{view}.png", full_page=True)
    assert found == []
    _look(page, "light")
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url(f"{own_site.address}/")

    page.get_by_role("button", name="Sign out").click()
    password_in(page, own_site)
    page.get_by_label(re.compile("code", re.IGNORECASE)).fill(spare[0])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{own_site.address}/")

    page.goto("/account/totp/activate/")
    confirm(page, own_site)
    secret = page.locator("#totp-key").inner_text()
    page.get_by_label(re.compile("code", re.IGNORECASE)).fill(code(secret))
    page.get_by_role("button", name="Set up").click()
    page.wait_for_url("**/account/")
    assert "set up" in page.locator("dl").inner_text()
    assert trouble == []
    context.close()
