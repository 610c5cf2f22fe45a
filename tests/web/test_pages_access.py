"""Who may see and do what on the pages. The rows themselves are guarded in access.py; here it is seen to be used."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from seal_advisor.models import Design, Organisation, User
from tests import factories
from tests.web.pages import OF_A_DESIGN, address, text


@pytest.mark.parametrize("part", OF_A_DESIGN)
def test_a_page_of_a_design_asks_a_stranger_to_sign_in(design: Design, part: str) -> None:
    response = Client().get(address(design, part))
    assert (response.status_code, response["Location"]) == (302, f"/sign-in/?next={address(design, part)}")


@pytest.mark.parametrize("part", OF_A_DESIGN)
def test_a_design_of_another_organisation_does_not_exist(
    design: Design, part: str, signed_in: Callable[[User], Client]
) -> None:
    mallory = factories.member("mallory", "administrator", Organisation.objects.create(name="Elsewhere"))
    assert signed_in(mallory).get(address(design, part)).status_code == 404


@pytest.mark.parametrize("part", OF_A_DESIGN)
def test_an_auditor_reads_every_page(design: Design, part: str, signed_in: Callable[[User], Client]) -> None:
    assert signed_in(factories.member("adam", "auditor")).get(address(design, part)).status_code == 200


@pytest.mark.parametrize("part", OF_A_DESIGN)
def test_no_copy_of_a_page_is_kept_for_the_back_button(design: Design, web: Client, part: str) -> None:
    assert "no-store" in web.get(address(design, part))["Cache-Control"]


@pytest.mark.parametrize(
    "part", ["answers/", "answers/file/", "answers/unmapped/", "copy/", "evidence/", "packages/", "revisions/new/"]
)
def test_an_auditor_changes_nothing(design: Design, part: str, signed_in: Callable[[User], Client]) -> None:
    adam = signed_in(factories.member("adam", "auditor"))
    assert adam.post(address(design, part), {"only": "boundary", "boundary": "anywhere"}).status_code == 403
    design.refresh_from_db()
    assert design.answers["answers"]["boundary"] == "dedicated_hsm"


def test_an_auditor_is_offered_no_button_that_would_be_refused(
    design: Design, signed_in: Callable[[User], Client]
) -> None:
    adam = signed_in(factories.member("adam", "auditor"))
    assert "Save and stay here" not in text(adam.get(address(design)))
    assert b'id="file"' not in adam.get(address(design, "evidence/")).content
    assert "Build a package" not in text(adam.get(address(design, "packages/")))


def test_the_door_does_not_say_which_of_the_two_was_wrong(alice: User) -> None:
    known = Client().post("/sign-in/", {"username": "alice", "password": "wrong"})
    unknown = Client().post("/sign-in/", {"username": "nobody", "password": "wrong"})
    assert "do not belong together" in text(known)
    assert text(known) == text(unknown)


def test_signing_in_leads_back_to_the_page_that_was_asked_for(design: Design) -> None:
    wanted = address(design, "decision/")
    response = Client().post("/sign-in/", {"username": "alice", "password": factories.PASSWORD, "next": wanted})
    assert (response.status_code, response["Location"]) == (302, wanted)


def test_a_form_without_its_token_is_refused(alice: User, design: Design) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.post(address(design, "packages/")).status_code == 403
