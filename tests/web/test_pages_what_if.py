"""Answers as files and links, the history of each answer, what-if copies, two designs compared, drafts that migrate."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from seal_advisor import rulesets, services
from seal_advisor.core import rules, ruleset
from seal_advisor.models import AnswerChange, Design, Organisation, User
from tests import factories
from tests.web.pages import address, sentence, text, tree


def upload(web: Client, design: Design, content: str) -> HttpResponse:
    file = SimpleUploadedFile("answers.json", content.encode(), "application/json")
    return web.post(address(design, "answers/file/"), {"file": file})


def given(design: Design) -> dict[str, str]:
    design.refresh_from_db()
    return dict(design.answers["answers"])


def test_what_is_exported_is_imported_to_the_same_answers(web: Client, design: Design) -> None:
    web.post(address(design, "answers/"), {"only": "hsm", "hsm": "single", "hsm.unsure": "on", "hsm.note": "for now"})
    exported = web.get(address(design, "answers/answers.json"))
    assert exported["Content-Disposition"] == 'attachment; filename="payments-answers.json"'
    design.refresh_from_db()
    other = factories.design(answers={})
    assert upload(web, other, exported.content.decode())["Location"] == address(other)
    other.refresh_from_db()
    assert other.answers == design.answers


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"answers": {"boundry": "anywhere"}}', "did you mean 'boundary'?"),
        ('{"answers": {"boundary": "anywere"}}', "did you mean 'anywhere'?"),
        ('{"answers":\n {"boundary": }}', "Line 2: no JSON"),
        ('{"ruleset": "1999.1.0", "answers": {}}', "written for ruleset '1999.1.0'"),
        ("[]", "must be a JSON object"),
    ],
)
def test_a_wrong_file_names_the_nearest_word_or_the_line_and_changes_nothing(
    web: Client, design: Design, content: str, said: str
) -> None:
    before = given(design)
    response = upload(web, design, content)
    assert (response.status_code, given(design)) == (422, before)
    assert said in text(response)


def test_an_import_without_a_file_says_what_to_choose(web: Client, design: Design) -> None:
    response = web.post(address(design, "answers/file/"))
    assert (response.status_code, "choose an answers file" in text(response)) == (422, True)


def test_a_prefilled_link_shows_what_it_would_make_and_makes_nothing(web: Client, design: Design) -> None:
    link = tree(web.get(address(design, "answers/file/"))).xpath("//textarea[@id='link']")[0].text.strip()
    response = web.get(link)
    assert response.status_code == 200
    assert "Only inside an HSM that is ours alone" in text(response)
    assert Design.objects.count() == 1
    form = tree(response).xpath("//form[@action='/designs/new/']")[0]
    fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    assert web.post("/designs/new/", fields).status_code == 302
    made = Design.objects.exclude(pk=design.pk).get()
    assert (made.title, made.answers) == (design.title, design.answers)


@pytest.mark.parametrize("answers", ["", "{", '{"answers": {"boundry": "anywhere"}}'])
def test_a_link_that_cannot_be_read_says_so_and_offers_no_form(web: Client, answers: str) -> None:
    response = web.get(f"/designs/new/?{urlencode({'answers': answers})}")
    assert response.status_code == 422
    assert not tree(response).xpath("//form[@action='/designs/new/']")
    assert "cannot be read" in text(response)


def test_a_link_makes_no_design_without_a_name_or_without_the_right(
    web: Client, design: Design, signed_in: Callable[[User], Client]
) -> None:
    wanted = {"answers": json.dumps({"answers": {}}), "title": ""}
    assert web.post("/designs/new/", wanted).status_code == 422
    adam = signed_in(factories.member("adam", "auditor"))
    assert adam.post("/designs/new/", {**wanted, "title": "Mine"}).status_code == 403
    assert Client().get("/designs/new/")["Location"].startswith("/sign-in/")
    assert Design.objects.count() == 1


def test_each_question_shows_who_changed_it_when_from_what_to_what(web: Client, design: Design) -> None:
    web.post(address(design, "answers/"), {"only": "hsm", "hsm": "single", "hsm.note": "for now"})
    shown = tree(web.get(address(design))).xpath("//details[@id='history-hsm']")[0].text_content()
    said = " ".join(shown.split())
    assert "alice: from “Two or more that hold the same keys” to “One HSM”" in said
    assert "alice: wrote the note “for now”" in said


def test_the_history_costs_one_query_however_long_it_is(
    web: Client, design: Design, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for value in ("single", "clustered", "none", "single"):
        web.post(address(design, "answers/"), {"only": "hsm", "hsm": value})
    with django_assert_max_num_queries(29):
        web.get(address(design))


def test_a_copy_has_the_same_answers_and_leaves_the_original_alone(web: Client, design: Design) -> None:
    response = web.post(address(design, "copy/"))
    copy = Design.objects.get(parent=design)
    assert response["Location"] == address(copy)
    web.post(address(copy, "answers/"), {"only": "operator_keys", "operator_keys": "required"})
    assert given(design)["operator_keys"] == "forbidden"
    assert "what-if copy of Payments" in text(web.get(address(copy, "compare/")))


def test_two_designs_compared_show_the_answers_and_states_that_differ(web: Client, design: Design) -> None:
    web.post(address(design, "copy/"))
    copy = Design.objects.get(parent=design)
    web.post(address(copy, "answers/"), {"only": "operator_keys", "operator_keys": "required"})
    page = tree(web.get(address(design, f"compare/?with={copy.pk}")))
    answers, states = (
        [" ".join(row.text_content().split()) for row in page.xpath(f"//section[@aria-labelledby='{name}']//tbody/tr")]
        for name in ("answers-title", "states-title")
    )
    assert len(answers) == 1
    assert "Forbidden" in answers[0]
    assert any(row.startswith("HSM over PKCS#11") and "Recommended" in row and "Excluded" in row for row in states)
    assert "now excludes HSM over PKCS#11" in " ".join(page.text_content().split())


def test_a_foreign_design_is_neither_offered_nor_compared(web: Client, design: Design) -> None:
    elsewhere = Organisation.objects.create(name="Elsewhere")
    foreign = factories.design(factories.member("mallory", "architect", elsewhere), elsewhere)
    assert str(foreign.pk) not in web.get(address(design, "compare/")).content.decode()
    assert web.get(address(design, f"compare/?with={foreign.pk}")).status_code == 404
    assert web.get(address(design, "compare/?with=nothing")).status_code == 404


def test_a_draft_of_an_older_ruleset_comes_over_and_lists_what_did_not(
    web: Client, design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    present = ruleset.current()
    now = rules.load(present).version
    questions = present["questions.toml"].replace(f'version = "{now}"', 'version = "2999.1.0"', 1)
    migrate = f'[[migrate]]\nfrom_version = "{now}"\nquestion = "hsm"\nvalues = {{ clustered = "single" }}\n'
    later = rules.load({**present, "questions.toml": questions, "zz.toml": migrate})
    design.answers = {**design.answers, "answers": {**design.answers["answers"], "gone": "yes"}}
    design.save()
    for module in (services, rulesets):
        monkeypatch.setattr(module, "current_ruleset", lambda: later)
    assert "gone: “yes”" in text(web.get(address(design)))
    web.post(address(design, "answers/"), {"only": "hosting", "hosting": "aws"})
    assert (given(design)["hsm"], "gone" in given(design)) == ("single", False)
    assert design.ruleset_version == "2999.1.0"
    assert "gone: “yes”" in text(web.get(address(design)))
    assert AnswerChange.objects.filter(design=design, question="gone", after__isnull=True).exists()
    web.post(address(design, "answers/unmapped/"))
    assert "gone: “yes”" not in text(web.get(address(design)))


def test_the_decision_says_what_is_lost_and_how_long_a_restart_waits(web: Client, design: Design) -> None:
    page = web.get(address(design, "decision/"))
    said = text(page)
    assert "If a part of the seal dies: HSM over PKCS#11" in said
    assert "The whole HSM cluster" in said
    assert "They cannot" in said
    assert tree(page).xpath("//div[@id='unseal-time']//*[local-name()='svg']")


def test_the_models_inputs_change_the_estimate_and_the_option_can_be_chosen(web: Client, design: Design) -> None:
    plain, slow = (
        text(web.get(address(design, f"decision/?option=shamir{more}"))) for more in ("", "&holder_median_min=50")
    )
    assert "If a part of the seal dies: Manual unseal (Shamir)" in plain
    figures = [one.split("Half of the restarts")[1][:80] for one in (plain, slow)]
    assert figures[0] != figures[1]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("nodes=0&option=shamir", "Nodes of the cluster: 0 is out of range"),
        ("threshold=soon&option=shamir", "Shares needed: 'soon' is no whole number"),
        ("option=magic", "There is no option “magic”"),
        ("threshold=9&option=shamir", "Shares needed: 9 of 5 shares can never come together"),
    ],
)
def test_a_wrong_input_is_said_and_changes_nothing(web: Client, design: Design, query: str, said: str) -> None:
    response = web.get(address(design, f"decision/?{query}"))
    assert response.status_code == 200
    assert said in text(response)


def test_what_decided_it_is_told_apart_from_what_flips_it_alone(web: Client, design: Design) -> None:
    page = tree(web.get(address(design, "decision/")))
    why, robust = (
        " ".join(page.xpath(f"//section[@aria-labelledby='{name}-title']")[0].text_content().split())
        for name in ("why", "robust")
    )
    assert "decided it" in why
    assert "Where may the seal key exist in plain text?" in why
    backed = robust.split("changing only this changes nothing")[1]
    assert "Where may the seal key exist in plain text?" in backed
    assert "Which build will run? now “Vault Enterprise" in robust
    assert "No option satisfies these answers." in robust


@pytest.mark.parametrize(
    ("reader", "shown", "hidden"),
    [
        ("architect", ("why", "robust", "losses", "obligations", "files", "answers"), ()),
        ("auditor", ("why", "robust", "obligations", "answers"), ("losses", "files", "figures")),
        ("executive", ("why", "losses"), ("robust", "files", "figures", "answers", "obligations")),
        ("operator", ("obligations", "losses", "files"), ("why", "robust", "answers")),
    ],
)
def test_each_reader_sees_a_view_of_the_same_decision(
    web: Client, design: Design, reader: str, shown: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    response = web.get(address(design, f"decision/?for={reader}"))
    assert sentence(response) == "Keep the seal key in an HSM and let Vault unseal over PKCS#11."
    sections = set(tree(response).xpath("//section/@aria-labelledby"))
    assert {f"{name}-title" for name in shown} <= sections
    assert not {f"{name}-title" for name in hidden} & sections
    assert "sha256" in text(response)
