"""One's own password: changed by who shows the present one; chosen anew where an administrator had set it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from evidence.models import LedgerEntry
from seal_advisor.models import Design, User
from seal_advisor.sign_in import passwords
from tests import factories
from tests.web.pages import text

NEW = "a quite different horse"
PAGE = "/account/password/"


def come_in(password: str = factories.PASSWORD) -> Client:
    browser = Client()
    browser.post("/sign-in/", {"username": "alice", "password": password})
    return browser


def change(browser: Client, old: str = factories.PASSWORD, new: str = NEW, again: str | None = None) -> object:
    return browser.post(PAGE, {"oldpassword": old, "password1": new, "password2": new if again is None else again})


def a_first_password(alice: User, left: timedelta = passwords.LIFE) -> None:
    until = timezone.now() + left
    User.objects.filter(pk=alice.pk).update(first_password_until=until, password=make_password(factories.PASSWORD))


def test_the_owner_changes_it_and_every_other_session_ends(alice: User) -> None:
    here, elsewhere = come_in(), come_in()
    assert change(here).status_code == 302
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert "_auth_user_id" not in come_in().session, "the old one opens nothing"
    assert "_auth_user_id" in come_in(NEW).session
    entry = json.loads(LedgerEntry.objects.get(entry__contains="person.password_changed").entry)
    assert (entry["by"], entry["about"]) == ("alice", "alice")
    everything = "".join(LedgerEntry.objects.values_list("entry", flat=True))
    assert NEW not in everything
    assert factories.PASSWORD not in everything


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("wrong", NEW, NEW),
        (factories.PASSWORD, "short", "short"),
        (factories.PASSWORD, NEW, "another one altogether"),
        (factories.PASSWORD, factories.PASSWORD, factories.PASSWORD),
        (factories.PASSWORD, "1q2w3e4r5t6y", "1q2w3e4r5t6y"),
    ],
)
def test_what_does_not_do_is_refused(alice: User, old: str, new: str, again: str) -> None:
    assert change(come_in(), old, new, again).status_code == 200
    alice.refresh_from_db()
    assert alice.check_password(factories.PASSWORD)


def test_guessing_the_present_password_is_slowed_down(alice: User) -> None:
    browser = come_in()
    assert [change(browser, f"guess {number}").status_code for number in range(7)].count(429) >= 1


def test_a_first_password_opens_only_the_page_that_changes_it(alice: User, design: Design) -> None:
    a_first_password(alice)
    browser = come_in()
    for closed in ("/", f"/designs/{design.pk}/", "/account/tokens/", "/account/", "/trail/"):
        assert browser.get(closed)["Location"] == PAGE, closed
    refused = browser.get("/api/v1/designs/")
    assert (refused.status_code, refused.json()["type"]) == (403, "/api/v1/docs/#problem-first-password")
    assert "An administrator set your password" in text(browser.get(PAGE))
    assert change(browser).status_code == 302
    assert browser.get("/").status_code == 200
    alice.refresh_from_db()
    assert alice.first_password_until is None


def test_the_first_password_itself_cannot_be_kept(alice: User) -> None:
    a_first_password(alice)
    assert change(come_in(), new=factories.PASSWORD).status_code == 200
    alice.refresh_from_db()
    assert alice.first_password_until is not None


def test_a_first_password_lapses_unused(alice: User) -> None:
    a_first_password(alice, -timedelta(seconds=1))
    browser = Client()
    answer = browser.post("/sign-in/", {"username": "alice", "password": factories.PASSWORD})
    assert "has lapsed unused" in text(answer)
    assert "_auth_user_id" not in browser.session
    wrong = browser.post("/sign-in/", {"username": "alice", "password": "wrong"})
    assert "lapsed" not in text(wrong), "only who knows it learns that"


def test_what_an_administrator_types_is_a_first_password(alice: User) -> None:
    root = User.objects.create_superuser("root", password=factories.PASSWORD)
    browser = Client()
    browser.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
    form = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    assert browser.post(f"/admin/seal_advisor/user/{alice.pk}/password/", form).status_code == 302
    alice.refresh_from_db()
    assert alice.first_password_until is not None
    made = {"username": "newcomer", **form}
    assert browser.post("/admin/seal_advisor/user/add/", made).status_code == 302
    assert User.objects.get(username="newcomer").first_password_until is not None
    assert browser.post(f"/admin/seal_advisor/user/{root.pk}/password/", form).status_code == 302
    root.refresh_from_db()
    assert root.first_password_until is None, "one's own"


def test_who_signs_in_elsewhere_has_no_password_to_change(alice: User) -> None:
    browser = come_in()
    alice.set_unusable_password()
    User.objects.filter(pk=alice.pk).update(password=alice.password)
    alice.refresh_from_db()
    browser.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get(PAGE).status_code == 302
