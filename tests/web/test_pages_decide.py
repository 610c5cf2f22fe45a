"""From the empty home page to the downloaded design, without JavaScript."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.test import Client

from seal_advisor import services
from seal_advisor.models import Design
from tests import factories
from tests.web.pages import address, sentence, text, tree


def whole_form(design: Design, **changed: str) -> dict[str, str]:
    """What the browser sends for the questionnaire: every question, answered as stored."""
    form = {question.id: "" for question in services.current_ruleset().questions}
    return {**form, **design.answers["answers"], **changed} | {
        key: "" for key, value in {**form, **design.answers["answers"], **changed}.items() if value is None
    }


def answers_of(design: Design) -> dict[str, Any]:
    design.refresh_from_db()
    return {key: value for key, value in design.answers["answers"].items() if value is not None}


def test_an_empty_home_offers_the_sample_design(web: Client) -> None:
    assert "Try the sample design" in text(web.get("/"))
    response = web.post("/sample/", follow=True)
    assert response.status_code == 200
    assert "Keep the seal key in an HSM" in text(response)


def test_home_shows_decision_red_controls_and_package_at_a_glance(web: Client, design: Design) -> None:
    shown = text(web.get("/"))
    assert "Decision HSM over PKCS#11" in shown
    assert "Controls 0 of" in shown
    assert "Package None yet" in shown


def test_a_design_without_a_name_is_not_started(web: Client) -> None:
    response = web.post("/", {"title": " "})
    assert (response.status_code, Design.objects.count()) == (422, 0)
    assert "Give the design a name." in text(response)


def test_every_question_can_be_answered_with_i_do_not_know_and_says_why_it_is_asked(
    web: Client, design: Design
) -> None:
    page = tree(web.get(address(design)))
    questions = page.xpath("//fieldset[@class='question']")
    assert len(questions) == len(services.current_ruleset().questions)
    for question in questions:
        name = question.get("id").removeprefix("q-")
        assert question.xpath(f".//input[@type='radio'][@name='{name}'][@value='']"), name
        assert question.xpath(f".//input[@type='checkbox'][@name='{name}.unsure']"), name
        assert question.xpath(f".//textarea[@name='{name}.note']"), name
        assert question.xpath(".//details/p")[0].text_content().strip(), name


def test_the_whole_form_saves_without_javascript(web: Client, design: Design) -> None:
    form = whole_form(design, boundary="anywhere", **{"boundary.unsure": "on", "boundary.note": "ask the regulator"})
    response = web.post(address(design, "answers/"), form)
    assert response["Location"] == address(design, "decision/")
    assert answers_of(design)["boundary"] == "anywhere"
    assert (design.answers["unsure"], design.answers["notes"]) == (["boundary"], {"boundary": "ask the regulator"})


def test_a_typed_amount_counts_even_if_i_do_not_know_is_still_selected(web: Client, design: Design) -> None:
    web.post(address(design, "answers/"), whole_form(design, **{"rto.amount": "15", "rto.unit": "M"}))
    assert answers_of(design)["rto"] == "PT15M"


def test_i_do_not_know_takes_a_stored_amount_back(web: Client, alice: object) -> None:
    design = factories.design(answers={"rto": "PT15M"})
    form = whole_form(design, rto="", **{"rto.amount": "15", "rto.unit": "M"})
    web.post(address(design, "answers/"), form)
    assert "rto" not in answers_of(design)


def test_an_amount_that_is_no_number_is_said_and_everything_else_is_saved(web: Client, design: Design) -> None:
    form = whole_form(design, hosting="aws", rto="given", **{"rto.amount": "soon", "rto.unit": "M"})
    response = web.post(address(design, "answers/"), form)
    assert response.status_code == 422
    assert "“soon” is no number" in text(response)
    assert answers_of(design)["hosting"] == "aws"


def test_autosave_changes_one_answer_and_leaves_the_others(web: Client, design: Design) -> None:
    before = answers_of(design)
    response = web.post(address(design, "answers/"), {"only": "hosting", "hosting": "aws", "boundary": "anywhere"})
    assert response.status_code == 200
    assert answers_of(design) == before | {"hosting": "aws"}


def test_autosave_answers_with_the_panel_and_a_sentence_to_be_spoken(web: Client, design: Design) -> None:
    response = web.post(address(design, "answers/"), {"only": "operator_keys", "operator_keys": "required"})
    page = tree(response)
    assert page.xpath("//section[@id='result']")
    assert page.xpath("//div[@id='said']")[0].text_content().startswith("Saved.")
    assert page.xpath("//p[@id='state-hsm'][@hx-swap-oob]")


def test_autosave_of_an_unknown_question_is_refused(web: Client, design: Design) -> None:
    assert web.post(address(design, "answers/"), {"only": "boundry", "boundry": "x"}).status_code == 404


def test_autosave_takes_the_same_number_of_queries_however_much_is_answered(
    web: Client, design: Design, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20):
        web.post(address(design, "answers/"), {"only": "hosting", "hosting": "aws"})


def test_an_excluded_option_quotes_the_users_own_answer(web: Client, design: Design) -> None:
    panel = tree(web.get(address(design))).xpath("//details[@id='option-cloud_kms']")[0]
    said = " ".join(panel.text_content().split())
    assert "Excluded" in said
    assert "You answered Only inside an HSM that is ours alone to Where may the seal key exist in plain text?" in said
    assert "What would have to change" in said
    assert panel.xpath(".//p[@class='reason-why']")


def test_an_option_with_five_reasons_shows_four_and_says_that_there_is_one_more(web: Client, design: Design) -> None:
    panel = tree(web.get(address(design))).xpath("//details[@id='option-static']")[0]
    assert len(panel.xpath(".//p[@class='reason-why']")) == 4
    assert "And 1 more reason." in panel.text_content()


def test_questions_that_no_longer_matter_are_marked_and_stay(web: Client, design: Design) -> None:
    page = text(web.get(address(design)))
    assert "No longer changes the result" in page


def test_the_decision_is_one_sentence_with_reasons_and_sources(web: Client, design: Design) -> None:
    response = web.get(address(design, "decision/"))
    assert sentence(response) == "Keep the seal key in an HSM and let Vault unseal over PKCS#11."
    page = tree(response)
    assert len(page.xpath("//h1")) == 1
    facts = page.xpath("//li[@class='fact']")
    assert any("Only inside an HSM that is ours alone" in fact.text_content() for fact in facts)
    assert page.xpath("//li[@class='fact']//p[@class='source']/a[starts-with(@href, 'https://')]")
    assert "dedicated" not in page.xpath("//article[@id='cloud_kms']")[0].text_content()  # labels, never ids
    assert len(page.xpath("//section[@aria-labelledby='figures-title']//*[local-name()='svg']")) == 5


def test_answers_that_leave_no_option_say_which_ones_contradict(web: Client, alice: object) -> None:
    design = factories.design(answers={"boundary": "dedicated_hsm", "platform": "vault_community"})
    response = web.get(address(design, "decision/"))
    assert sentence(response) == "No option satisfies these answers."
    said = text(response)
    assert "Together these answers leave no option" in said
    assert "Which build will run?" in said


def test_a_blank_design_says_what_is_still_possible_and_what_to_answer_next(web: Client, alice: object) -> None:
    said = text(web.get(address(factories.design(answers={}))))
    assert "Not decided yet" in said
    assert "The question that settles most" in said


def test_the_design_can_be_downloaded_file_by_file_and_whole(web: Client, design: Design) -> None:
    config = web.get(address(design, "decision/files/vault.hcl"))
    assert config["Content-Disposition"] == 'attachment; filename="vault.hcl"'
    assert b'seal "pkcs11"' in config.content
    first, again = (web.get(address(design, "decision/files.zip")).content for _ in range(2))
    assert first == again
    names = zipfile.ZipFile(io.BytesIO(first)).namelist()
    assert "vault.hcl" in names
    assert any(name.startswith("runbooks/") for name in names)


@pytest.mark.parametrize("name", ["../settings.py", "nothing.hcl", "..%2f..%2fmanage.py"])
def test_a_download_that_the_design_has_not_does_not_exist(web: Client, design: Design, name: str) -> None:
    assert web.get(address(design, f"decision/files/{name}")).status_code == 404


def test_the_agenda_names_what_is_unsure_and_what_contradicts(web: Client, alice: object) -> None:
    design = factories.design(answers={"boundary": "dedicated_hsm", "platform": "vault_community"})
    web.post(address(design, "answers/"), {"only": "boundary", "boundary": "dedicated_hsm", "boundary.unsure": "on"})
    said = text(web.get(address(design, "review/")))
    assert "Contradiction" in said
    assert "Not sure Where may the seal key exist in plain text?" in said


@pytest.mark.parametrize("form", [{"only": "boundary", "boundary": "nowhere"}, {"boundary": "nowhere"}])
def test_an_answer_that_no_choice_offers_is_refused_and_changes_nothing(
    web: Client, design: Design, form: dict[str, str]
) -> None:
    before = answers_of(design)
    response = web.post(address(design, "answers/"), whole_form(design) | form)
    assert response.status_code == 422
    assert "nowhere" in text(response)
    assert answers_of(design) == before


def test_autosave_after_the_session_ended_is_refused_not_redirected(design: Design) -> None:
    htmx = {"HX-Request": "true"}
    response = Client().post(address(design, "answers/"), {"only": "hosting", "hosting": "aws"}, headers=htmx)
    assert response.status_code == 401
