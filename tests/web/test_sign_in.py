"""Coming in: by password and second factor, through an identity provider; and what an organisation may demand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as live_settings
from django.test import Client, RequestFactory
from structlog.testing import capture_logs

from evidence.models import LedgerEntry
from seal_advisor.logs import without_secrets
from seal_advisor.models import Organisation, User
from seal_advisor.sign_in.addresses import client_address
from tests import factories, issuer

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


def code(secret: str = SECRET) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def sign_in(client: Client, name: str = "alice", **more: str) -> Any:
    return client.post("/sign-in/", {"username": name, "password": factories.PASSWORD, **more})


def test_a_password_alone_opens_where_there_is_no_second_factor(client: Client, alice: User) -> None:
    assert sign_in(client, next="/verify/").url == "/verify/"
    assert client.get("/").status_code == 200


def test_the_second_factor_is_asked_for_before_anything_opens(client: Client, alice: User) -> None:
    TOTP.activate(alice, SECRET)
    assert sign_in(client).url == "/account/authenticate/"
    assert client.get("/").url.startswith("/sign-in/"), "the password alone opens nothing"
    wrong = client.post("/account/authenticate/", {"code": "000000"})
    assert (wrong.status_code, b"Incorrect code" in wrong.content) == (200, True)
    assert client.post("/account/authenticate/", {"code": code()}).status_code == 302
    assert client.get("/").status_code == 200


def test_a_code_is_good_once(client: Client, alice: User) -> None:
    TOTP.activate(alice, SECRET)
    used = code()
    sign_in(client)
    assert client.post("/account/authenticate/", {"code": used}).status_code == 302
    other = Client()
    sign_in(other)
    assert other.post("/account/authenticate/", {"code": used}).status_code == 200
    assert other.get("/").status_code == 302


def test_a_recovery_code_opens_once(client: Client, alice: User) -> None:
    TOTP.activate(alice, SECRET)
    spare = RecoveryCodes.activate(alice).get_unused_codes()[0]
    for opened in (302, 200):
        browser = Client()
        sign_in(browser)
        assert browser.post("/account/authenticate/", {"code": spare}).status_code == opened


def test_a_factor_is_set_up_shown_once_more_and_removed_with_a_trail(client: Client, alice: User) -> None:
    sign_in(client)
    confirm(client, "/account/totp/activate/")
    page = client.get("/account/totp/activate/").content.decode()
    secret = re.search(r'id="totp-key">([A-Z2-7]+)<', page)
    assert secret, page
    assert "data:image/svg" in page
    assert client.post("/account/totp/activate/", {"code": code(secret[1])}).status_code == 302
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret[1] not in stored, "the key lies encrypted"
    codes = client.get("/account/recovery-codes/").content.decode()
    assert len(re.findall(r"<li>[0-9a-z]{4,}", codes)) == 10, codes
    assert client.post("/account/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.filter(type="totp").exists()
    trail = [
        json.loads(row.entry) for row in LedgerEntry.objects.filter(kind="written", entry__contains="second_factor")
    ]
    assert [(one["what"], one["by"]) for one in trail if (one["after"] or one["before"])["kind"] == "totp"] == [
        ("second_factor.added", "alice"),
        ("second_factor.removed", "alice"),
    ]


def confirm(client: Client, page: str) -> None:
    """Show once more that it is you, as the page asks."""
    asked = client.get(page)
    assert (asked.status_code, asked.url.split("?")[0]) == (302, "/account/confirm/")
    assert client.get(asked.url).status_code == 200
    assert client.post(asked.url, {"password": factories.PASSWORD}).url == page


def test_changing_a_factor_asks_again_who_it_is(client: Client, alice: User) -> None:
    sign_in(client)
    page = "/account/totp/activate/"
    confirm(client, page)
    assert client.get(page).status_code == 200
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()
    confirm(client, page)


def test_an_organisation_that_demands_a_factor_shows_nothing_without_one(client: Client, alice: User) -> None:
    Organisation.objects.update(mfa_required=True)
    sign_in(client)
    assert client.get("/").url == "/account/"
    assert b"demands a second factor" in client.get("/account/").content
    refused = client.get("/api/v1/designs/")
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    assert client.get("/account/tokens/").status_code == 302, "nor is a token made around the policy"
    TOTP.activate(alice, SECRET)
    assert client.get("/").status_code == 200


def test_the_administrators_tables_have_no_door_of_their_own(client: Client) -> None:
    assert client.get("/admin/login/").url == "/sign-in/"
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/sign-in/")


def test_ten_wrong_passwords_shut_the_door_as_before(client: Client, alice: User) -> None:
    statuses = [client.post("/sign-in/", {"username": "alice", "password": "x"}).status_code for _ in range(11)]
    assert (statuses[0], statuses[-1]) == (200, 429)
    assert sign_in(client).status_code == 429


# --- identity provider ------------------------------------------------------------------------------------------------


@pytest.fixture
def provider(settings: Any) -> Iterator[issuer.Issuer]:
    with issuer.running() as started:
        app = {
            "provider_id": "sso",
            "name": "Bank SSO",
            "client_id": issuer.CLIENT,
            "secret": issuer.CLIENT_SECRET,
            "settings": {"server_url": started.address},
        }
        known = live_settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {**known, "APPS": [app]}}
        yield started


def through(client: Client, start: str = "/account/oidc/sso/login/") -> Any:
    """A browser's way: to the provider, which consents at once, and back."""
    there = client.get(start)
    assert there.status_code == 302, there.content
    back = requests.get(there.url, allow_redirects=False).headers["Location"]
    return client.get(back.removeprefix("http://testserver"))


def test_a_person_of_the_provider_comes_in_and_sees_nothing_until_she_has_a_role(
    client: Client, provider: issuer.Issuer, alice: User
) -> None:
    assert b"Sign in with Bank SSO" in client.get("/sign-in/").content
    assert through(client).url == "/"
    person = User.objects.get(username="olivia")
    assert (person.has_usable_password(), person.memberships.count()) == (False, 0)
    assert client.get("/api/v1/designs/").json()["results"] == []
    client.logout()
    assert through(client).url == "/"
    assert User.objects.filter(username__startswith="olivia").count() == 1, "the same person again"


def test_the_second_factor_is_asked_for_after_the_provider_too(client: Client, provider: issuer.Issuer) -> None:
    through(client)
    TOTP.activate(User.objects.get(username="olivia"), SECRET)
    client.logout()
    assert through(client).url == "/account/authenticate/"
    assert client.get("/").status_code == 302


def test_an_address_at_the_provider_opens_no_account_of_that_address(
    client: Client, provider: issuer.Issuer, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(email="olivia@bank.example")
    provider.person = {**provider.person, "preferred_username": "alice"}
    through(client)
    assert SocialAccount.objects.get().user_id != alice.pk


def test_an_account_is_connected_by_its_owner(client: Client, provider: issuer.Issuer, alice: User) -> None:
    sign_in(client)
    through(client, "/account/oidc/sso/login/?process=connect")
    assert SocialAccount.objects.get().user_id == alice.pk
    assert b"Bank SSO: p-1" in client.get("/account/providers/").content


@pytest.mark.parametrize("wrong", ["state", "code", "secret"])
def test_a_forged_way_back_opens_nothing(client: Client, provider: issuer.Issuer, settings: Any, wrong: str) -> None:
    there = client.get("/account/oidc/sso/login/")
    back = requests.get(there.url, allow_redirects=False).headers["Location"].removeprefix("http://testserver")
    if wrong == "secret":
        settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["secret"] = "another"
    else:
        back = re.sub(rf"{wrong}=[^&]+", f"{wrong}=forged", back)
    answer = client.get(back)
    assert (answer.status_code in {200, 302, 401}, User.objects.count()) == (True, 0)
    assert client.get("/").status_code == 302


def test_a_code_without_its_verifier_is_worth_nothing(client: Client, provider: issuer.Issuer) -> None:
    """PKCE: the code that somebody read on the way cannot be exchanged."""
    there = client.get("/account/oidc/sso/login/")
    assert "code_challenge_method=S256" in there.url
    back = requests.get(there.url, allow_redirects=False).headers["Location"]
    form = {"grant_type": "authorization_code", "code": re.search(r"code=(\w+)", back)[1]}  # type: ignore[index]
    stolen = requests.post(
        f"{provider.address}/token",
        {**form, "redirect_uri": back.partition("?")[0], "client_id": issuer.CLIENT},
        auth=(issuer.CLIENT, issuer.CLIENT_SECRET),
    )
    assert stolen.json() == {"error": "invalid_grant"}


def test_without_a_provider_the_door_offers_none(client: Client) -> None:
    assert b"Sign in with" not in client.get("/sign-in/").content
    assert client.get("/account/oidc/sso/login/").status_code == 404


def test_who_comes_goes_or_is_refused_is_logged_without_what_was_typed(client: Client, alice: User) -> None:
    with capture_logs() as lines:
        client.post("/sign-in/", {"username": "Tr0ub4dor&3-typed-here", "password": "wrong-too"})
        sign_in(client)
        client.post("/sign-out/")
    seen = [(line["event"], line.get("user")) for line in lines if line["event"].startswith("sign")]
    assert seen == [("sign_in_refused", None), ("signed_in", str(alice.pk)), ("signed_out", str(alice.pk))]
    assert "typed-here" not in repr(lines)
    assert "wrong-too" not in repr(lines)


@pytest.mark.parametrize(
    ("behind_tls", "chain", "counted"),
    [
        (False, "198.51.100.7", "192.0.2.1"),
        (True, "198.51.100.7", "198.51.100.7"),
        (True, "10.0.0.1, 198.51.100.7", "198.51.100.7"),
        (True, "198.51.100.7, not an address", "192.0.2.1"),
        (True, "", "192.0.2.1"),
    ],
)
def test_an_address_is_believed_only_from_our_own_proxy(
    settings: Any, rf: RequestFactory, behind_tls: bool, chain: str, counted: str
) -> None:
    settings.BEHIND_TLS = behind_tls
    assert client_address(rf.get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=chain)) == counted


def test_a_lock_out_counts_the_address_of_the_person_not_of_the_proxy(
    settings: Any, client: Client, alice: User
) -> None:
    settings.BEHIND_TLS = True
    wrong = {"username": "alice", "password": "wrong"}
    for _ in range(live_settings.AXES_FAILURE_LIMIT):
        client.post("/sign-in/", wrong, HTTP_X_FORWARDED_FOR="198.51.100.7")
    right = {**wrong, "password": factories.PASSWORD}
    assert client.post("/sign-in/", right, HTTP_X_FORWARDED_FOR="198.51.100.7").status_code == 429
    assert client.post("/sign-in/", right, HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 302


def test_signing_in_begins_a_new_session_and_signing_out_ends_it(client: Client, alice: User) -> None:
    planted = client.session
    planted["seen"] = "before the door"
    planted.save()
    sign_in(client)
    own = client.session.session_key
    assert own != planted.session_key
    client.post("/sign-out/")
    stolen = Client()
    stolen.cookies[live_settings.SESSION_COOKIE_NAME] = own
    assert stolen.get("/").url.startswith("/sign-in/")


def test_an_account_that_is_closed_and_a_changed_password_end_every_session(client: Client, alice: User) -> None:
    sign_in(client)
    alice.set_password("another long passphrase")
    alice.save()
    assert client.get("/").url.startswith("/sign-in/")
    client.force_login(alice)
    assert client.get("/").status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get("/").url.startswith("/sign-in/")


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_the_door_leads_nowhere_else(client: Client, alice: User, elsewhere: str) -> None:
    assert sign_in(client, next=elsewhere).url == "/"


def test_a_log_line_opens_nothing() -> None:
    upload = "00000000-0000-4000-8000-000000000000"
    line = {"request": f"GET /api/v1/designs/1/uploads/{upload}/k3y/?name=x"}
    assert without_secrets(None, "", line) == {"request": f"GET /api/v1/designs/1/uploads/{upload}/[removed]/"}
    assert without_secrets(None, "", {"request": "GET /shared/s3cret/meeting/"}) == {
        "request": "GET /shared/[removed]/meeting/"
    }
