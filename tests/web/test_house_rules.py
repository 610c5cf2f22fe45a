"""House rules on the web: an administrator's, proved before they hold, said wherever they are weaker."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evidence import packaging
from evidence import services as evidence_services
from seal_advisor import house_rules, proving, revisions, rulesets, services
from seal_advisor.access import Actor
from seal_advisor.core import house, rules, ruleset
from seal_advisor.core.rules import RulesetError
from seal_advisor.models import Design, HouseRules, Organisation, Reevaluation, User
from seal_advisor.proving import HouseRefused
from tests import factories
from tests.web.pages import OF_A_DESIGN, address, text

BANK = (Path(__file__).resolve().parents[1] / "data/house/example-bank.toml").read_text(encoding="utf-8")
# Nothing added, one released exclusion taken away.
WEAKER = '[house]\nname = "Lenient Bank"\nversion = "1"\nremoves = ["R027"]\n'
WEAKER_SAID = "R027 no longer excludes Manual unseal (Shamir) where boundary: shared_hsm"
BANNED = """\
[house]
name = "Board"
version = "2"
[source.minutes]
title = "Board minutes"
address = "https://example.com/minutes"
read = 2026-11-24
[rule.H001]
effect = "exclude"
options = ["pkcs11"]
when.boundary = "dedicated_hsm"
why = "The board no longer trusts HSMs."
source = "minutes"
"""


@pytest.fixture
def bank(design: Design) -> Organisation:
    return design.organisation


@pytest.fixture
def olga(bank: Organisation) -> User:
    return factories.member("olga", "administrator", bank)


@pytest.fixture
def admin(olga: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(olga)


def page_of(organisation: Organisation) -> str:
    return f"/organisations/{organisation.pk}/house-rules/"


def accepted(organisation: Organisation, actor: User, toml: str) -> HouseRules:
    """As if the proofs, which cost two seconds of computing, had taken them."""
    files = {"bank.toml": toml}
    laid = rules.load(house.overlay(ruleset.current(), files)).house
    return house_rules._enter(organisation, Actor(actor), files, laid.sha256, laid.name, laid.version)


def sent(client: Client, organisation: Organisation, toml: str, do: str = "accept") -> object:
    return client.post(page_of(organisation), {"do": do, "name": "bank.toml", "text": toml}, follow=True)


def test_a_check_shows_what_would_hold_and_stores_nothing(admin: Client, bank: Organisation) -> None:
    shown = text(sent(admin, bank, BANK, "check"))
    assert "House rules Example Bank 3" in shown
    assert "H001 excludes Manual unseal (Shamir) where clusters: many" in shown
    assert not HouseRules.objects.exists()


def test_an_upload_that_is_accepted_decides_every_design_of_the_organisation(
    admin: Client, web: Client, design: Design, bank: Organisation
) -> None:
    assert services.decision_of(design).recommended == ("pkcs11",)
    upload = SimpleUploadedFile("board.toml", BANNED.encode())
    assert "decided under Board 2" in text(admin.post(page_of(bank), {"do": "accept", "file": upload}, follow=True))
    design = Design.objects.get(pk=design.pk)
    assert services.decision_of(design).recommended == ()
    assert "The board no longer trusts HSMs." in text(web.get(address(design, "decision/")))
    asked = web.get(f"/api/v1/designs/{design.pk}/decision/").json()
    assert (asked["status"], asked["house"]["name"]) == ("none", "Board")
    elsewhere = factories.design(organisation=Organisation.objects.create(name="Elsewhere"))
    assert services.decision_of(elsewhere).recommended == ("pkcs11",)


@pytest.mark.parametrize(
    ("wrong", "right", "place"),
    [
        ('["pkcs11"]', '["pkcs12"]', "bank.toml:10: rule H001: no option 'pkcs12'"),
        ("when.boundary", "when.boundry", "bank.toml:11: rule H001: no question 'boundry'; did you mean 'boundary'?"),
        ('version = "2"', "version = 2 x", "bank.toml:3: "),
        ("[rule.H001]", "[rule.R001]", "bank.toml:8: rule R001: stands already in"),
        ('version = "2"', 'version = "2"\nremoves = ["R999"]', "bank.toml:4: [house] removes: no rule 'R999'"),
        ("[rule.H001]", "[rules.H001]", "bank.toml:8: no table 'rules'; did you mean 'rule'?"),
        ("dedicated_hsm", "no_hsm", "bank.toml:11: rule H001: when.boundary: no value 'no_hsm'"),
    ],
)
def test_a_mistake_is_refused_with_file_and_line_and_nothing_changes(
    admin: Client, bank: Organisation, wrong: str, right: str, place: str
) -> None:
    assert wrong in BANNED
    answer = sent(admin, bank, BANNED.replace(wrong, right))
    assert answer.status_code == 422
    assert place in text(answer)
    assert right.splitlines()[0] in answer.content.decode().replace("&quot;", '"'), "what was typed must not be lost"
    assert not HouseRules.objects.exists()


def test_a_rule_that_decides_nothing_is_refused_by_the_proofs_with_its_line(admin: Client, bank: Organisation) -> None:
    twice = BANNED + BANNED[BANNED.index("[rule") :].replace("H001", "H002")
    answer = sent(admin, bank, twice)
    assert answer.status_code == 422
    assert "bank.toml:8: rule H001" in text(answer) or "bank.toml:14: rule H002" in text(answer)


def test_only_an_administrator_changes_them_and_every_member_reads_them(
    web: Client, bank: Organisation, olga: User, signed_in: Callable[[User], Client]
) -> None:
    accepted(bank, olga, WEAKER)
    shown = web.get(page_of(bank))
    assert "Lenient Bank 1" in text(shown)
    assert b'name="do"' not in shown.content
    assert sent(web, bank, BANK).status_code == 403
    mallory = factories.member("mallory", "administrator", Organisation.objects.create(name="Elsewhere"))
    for answer in (signed_in(mallory).get(page_of(bank)), sent(signed_in(mallory), bank, BANK)):
        assert answer.status_code == 404
    assert HouseRules.objects.count() == 1


def test_weaker_rules_are_said_on_every_page_of_every_design(
    web: Client, design: Design, bank: Organisation, olga: User
) -> None:
    services.freeze_revision(design, actor=Actor(design.author))
    parts = (*OF_A_DESIGN, "revisions/new/", "revisions/1/")
    for part in parts:
        assert "WEAKER" not in text(web.get(address(design, part)))
    accepted(bank, olga, WEAKER)
    for part in parts:
        shown = text(web.get(address(design, part)))
        assert "Lenient Bank 1" in shown, part
        assert WEAKER_SAID in shown, part
    assert WEAKER_SAID in text(web.get("/"))
    assert "WEAKER than the released rules" in services.design_files(Design.objects.get(pk=design.pk))["adr.md"]


def test_stricter_rules_are_no_warning_on_every_page(
    web: Client, design: Design, bank: Organisation, olga: User
) -> None:
    accepted(bank, olga, BANK)
    assert "WEAKER" not in text(web.get(address(design, "decision/")))


def test_the_package_of_a_weaker_house_says_so_on_its_first_page_and_at_every_foot(
    design: Design, bank: Organisation, olga: User, alice: User
) -> None:
    accepted(bank, olga, WEAKER)
    package = evidence_services.start_package(Design.objects.get(pk=design.pk), actor=Actor(alice))
    given = packaging._judged(package, packaging._evidence(package))
    assert given.ruleset["house/bank.toml"] == WEAKER
    assert [one["rule"] for one in given.decision["house"]["weaker"]] == ["R027"]


def test_a_frozen_decision_keeps_the_overlay_and_re_evaluates_to_the_same_bytes_after_it_is_gone(
    design: Design, bank: Organisation, olga: User
) -> None:
    accepted(bank, olga, BANK)
    frozen = services.freeze_revision(design, actor=Actor(olga))
    house_rules.withdraw(bank, actor=Actor(olga))
    frozen.refresh_from_db()
    assert frozen.ruleset.files["house/bank.toml"] == BANK
    assert frozen.decision["house"]["sha256"] == rules.load(frozen.ruleset.files).house.sha256
    assert revisions.check(frozen).intact
    assert services.decision_document(services.draft_of(design))["house"] is None


def test_designs_whose_result_changes_with_the_house_rules_are_flagged_with_the_rule(
    web: Client, design: Design, bank: Organisation, olga: User
) -> None:
    services.freeze_revision(design, actor=Actor(design.author))
    accepted(bank, olga, BANNED)
    shown = text(web.get("/"))
    assert "with the house rules Board 2 decides otherwise than revision 1" in shown
    assert "(rule H001)" in shown
    house_rules.withdraw(Organisation.objects.get(pk=bank.pk), actor=Actor(olga))
    assert "decides otherwise" not in text(web.get("/"))


def test_revisions_beyond_those_of_the_request_are_left_to_the_sweeper(
    design: Design, bank: Organisation, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hosting in ("aws", "gcp"):
        services.record_answer(design, "hosting", actor=Actor(olga), value=hosting)
        services.freeze_revision(design, actor=Actor(olga))
    monkeypatch.setattr(house_rules, "REEVALUATED_AT_ONCE", 1)
    accepted(bank, olga, BANNED)
    assert list(Reevaluation.objects.values_list("revision__number", flat=True)) == [2]
    assert len(revisions.reevaluate_after_house_rules(20)) == 1
    assert revisions.reevaluate_after_house_rules(20) == []


def test_the_same_files_again_change_nothing(bank: Organisation, olga: User) -> None:
    first = accepted(bank, olga, BANK)
    assert house_rules.put_in_force(bank, {"bank.toml": BANK}, actor=Actor(olga)) == first
    assert HouseRules.objects.count() == 1


def test_what_held_before_stays_and_the_database_refuses_to_change_it(bank: Organisation, olga: User) -> None:
    row = accepted(bank, olga, BANK)
    house_rules.withdraw(bank, actor=Actor(olga))
    assert [str(one) for one in bank.house_rules.all()] == ["withdrawn", "Example Bank 3"]
    with pytest.raises(IntegrityError, match="only grows"), transaction.atomic():
        HouseRules.objects.filter(pk=row.pk).update(files={})


def test_a_release_that_does_not_take_the_house_decides_nothing_and_says_who_repairs_it(
    web: Client, admin: Client, design: Design, bank: Organisation, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = accepted(bank, olga, WEAKER)

    def refuse(*_: object) -> None:
        raise RulesetError("[house] removes: no rule 'R027'")

    rulesets._in_house.cache_clear()
    monkeypatch.setattr(house, "overlay", refuse)
    for place in ("/", address(design, "decision/"), address(design, "controls/")):
        answer = web.get(place)
        assert (answer.status_code, "no rule 'R027'" in text(answer)) == (409, True)
        assert page_of(bank) in answer.content.decode()
    assert web.get(f"/api/v1/designs/{design.pk}/decision/").status_code == 409
    assert revisions.reevaluate_all() == []
    shown = admin.get(page_of(bank))
    assert "no design of Bank is decided" in text(shown)
    assert row.files["bank.toml"] in shown.content.decode().replace("&quot;", '"')


def test_limits_are_said() -> None:
    many = {f"f{number}.toml": "x" for number in range(house_rules.MAX_FILES + 1)}
    long = {"a.toml": "#" * (house_rules.MAX_CHARACTERS + 1)}
    for files, said in ((many, "at most 20"), (long, "longer than 128 KiB")):
        with pytest.raises(HouseRefused, match=said):
            house_rules.examined(files)


def test_rules_that_cross_each_other_without_end_are_cut_off_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Written to be slow: forty rules with six conditions each, no two alike."""
    rule = BANNED[BANNED.index("[rule") :].replace('when.boundary = "dedicated_hsm"', "{when}")
    choice = [one for one in rulesets.current_ruleset().questions if one.kind == "choice" and len(one.values) > 2]
    rows = []
    for number in range(40):
        asked = [choice[(number * 7 + step * (1 + number % 5)) % len(choice)] for step in range(6)]
        when = {one.id: [value.id for place, value in enumerate(one.values) if (place + number) % 3] for one in asked}
        lines = "\n".join(f"when.{key} = {json.dumps(values)}" for key, values in when.items())
        rows.append(rule.replace("H001", f"H{number + 100}").replace("{when}", lines))
    monkeypatch.setattr(proving, "CPU_SECONDS", 2)
    with pytest.raises(HouseRefused, match="more than 2 s of computing"):
        house_rules.examined({"slow.toml": BANNED + "".join(rows)})


def test_the_api_reads_for_every_member_and_writes_for_administrators(
    web: Client, admin: Client, bank: Organisation
) -> None:
    place = f"/api/v1/organisations/{bank.pk}/house-rules/"
    body = json.dumps({"files": {"bank.toml": WEAKER}})
    assert web.put(place, body, content_type="application/json").status_code == 403
    wrong = json.dumps({"files": {"bank.toml": WEAKER.replace("R027", "R927")}})
    refused = admin.put(place, wrong, content_type="application/json")
    assert (refused.status_code, refused.json()["errors"][0]["detail"][:12]) == (422, "bank.toml:4:")
    assert admin.put(place, body, content_type="application/json").json()["house"]["weaker"][0]["rule"] == "R027"
    assert web.get(place).json()["files"] == {"bank.toml": WEAKER}
    assert admin.delete(place).status_code == 204
    assert web.get(place).json()["house"] is None


def test_house_rules_cost_no_query_for_each_design(web: Client, design: Design, bank: Organisation, olga: User) -> None:
    accepted(bank, olga, WEAKER)
    web.get("/")
    with CaptureQueriesContext(connection) as one:
        web.get("/")
    for _ in range(4):
        factories.design(design.author, bank)
    with CaptureQueriesContext(connection) as five:
        web.get("/")
    assert len(five) == len(one)
