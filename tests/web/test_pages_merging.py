"""Two people with the same questionnaire open: nobody's answer is lost, and nobody is overruled without a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from seal_advisor import services
from seal_advisor.access import Actor
from seal_advisor.models import Design
from tests import factories
from tests.web.pages import address, text, tree


@pytest.fixture
def bob(db: None) -> User:
    return factories.member("bob", "architect")


def form(web: Client, design: Design) -> dict[str, str]:
    return form_of(web.get(address(design)))


def form_of(response: HttpResponse) -> dict[str, str]:
    """What the browser would post; lxml reads the empty value of "I do not know" as on."""
    page = tree(response).xpath("//form[@id='answers']")[0]
    unknown = {field.name for field in page.xpath(".//input[@type='radio' and @checked and @value='']")}
    return {name: "" if name in unknown else value for name, value in page.form_values() if value is not None}


def answer(design: Design, user: User, **answers: str) -> None:
    for key, value in answers.items():
        design.refresh_from_db()
        services.record_answer(design, key, actor=Actor(user), value=value, unsure=False, note="")


def answers(design: Design) -> dict[str, str]:
    design.refresh_from_db()
    return dict(design.answers["answers"])


def test_what_a_form_did_not_touch_stays_as_somebody_else_left_it(
    design: Design, alice: User, bob: User, signed_in: Callable[[User], Client]
) -> None:
    web = signed_in(bob)
    opened = form(web, design)
    answer(design, alice, boundary="shared_hsm")
    saved = web.post(address(design, "answers/"), {**opened, "hosting": "azure", "stay": "1"})
    assert saved.status_code == 302
    assert (answers(design)["boundary"], answers(design)["hosting"]) == ("shared_hsm", "azure")


def test_an_answer_changed_in_both_places_is_kept_and_named(
    design: Design, alice: User, bob: User, signed_in: Callable[[User], Client]
) -> None:
    web = signed_in(bob)
    opened = form(web, design)
    answer(design, alice, boundary="shared_hsm")
    saved = web.post(address(design, "answers/"), {**opened, "boundary": "anywhere", "hosting": "azure"})
    assert saved.status_code == 422
    assert "alice has answered this since you opened the page; that answer was kept." in text(saved)
    assert (answers(design)["boundary"], answers(design)["hosting"]) == ("shared_hsm", "azure")
    again = form_of(saved)
    assert web.post(address(design, "answers/"), {**again, "boundary": "anywhere"}).status_code == 302
    assert answers(design)["boundary"] == "anywhere"


def test_one_s_own_newer_form_wins(design: Design, bob: User, signed_in: Callable[[User], Client]) -> None:
    web = signed_in(bob)
    opened = form(web, design)
    answer(design, bob, boundary="shared_hsm")
    assert web.post(address(design, "answers/"), {**opened, "boundary": "anywhere"}).status_code == 302
    assert answers(design)["boundary"] == "anywhere"


@pytest.mark.parametrize(("often", "status"), [(1, 302), (2, 302), (3, 422)])
def test_what_is_saved_at_this_very_moment_is_merged_too(
    design: Design,
    bob: User,
    signed_in: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
    often: int,
    status: int,
) -> None:
    """The last autosave of a page is often under way when the page's form is sent."""
    web = signed_in(bob)
    opened = form(web, design)
    record, left = services.record_answers, ["azure", "aws", "gcp"][:often]

    def meanwhile(*words: Any, **named: Any) -> Design:
        if left:
            answer(Design.objects.get(pk=design.pk), bob, hosting=left.pop())
        return record(*words, **named)

    monkeypatch.setattr(services, "record_answers", meanwhile)
    saved = web.post(address(design, "answers/"), {**opened, "boundary": "anywhere"})
    assert saved.status_code == status
    assert (answers(design)["boundary"] == "anywhere") is (status == 302)
    if status == 422:
        assert "Press save again" in text(saved)
