"""A decision as files: for every archetype, deterministic, and nothing at all where nothing was decided."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from seal_advisor.core import answers, generate, rules, ruleset, runbooks
from seal_advisor.core.generate import CannotGenerate, NoOption, NotDecided, digest, files
from seal_advisor.core.rules import Decision
from seal_advisor.core.runbooks import RUNBOOKS
from seal_advisor.core.runbooks.migration import supported

RULESET = rules.load(ruleset.current())
ARCHETYPES = sorted((Path(__file__).parents[1] / "data/archetypes").glob("*.json"))


def decide(**changed: str | None) -> Decision:
    """The exam question with some answers changed."""
    document = json.loads((ARCHETYPES[0].parent / "exam_question.json").read_text())
    document["answers"] |= changed
    return rules.decide(RULESET, answers.parse(document, RULESET))


def built(**changed: str | None) -> dict[str, str]:
    return files(decide(**changed), RULESET)


@pytest.mark.parametrize("file", ARCHETYPES, ids=lambda file: file.stem)
def test_every_archetype_gets_its_files_or_a_reason(file: Path) -> None:
    decision = rules.decide(RULESET, answers.loads(file.read_text(), RULESET))
    if decision.status == "none":
        with pytest.raises(NoOption, match="conflict"):
            files(decision, RULESET)
        return
    assert decision.status in ("recommended", "tie")
    made = files(decision, RULESET)
    assert made == files(decision, RULESET)
    assert {"README.md", "adr.md", "SHA256SUMS", "diagrams/boundary.svg"} <= set(made)
    if decision.answers.values["platform"] != "hcp_vault":
        assert {"vault.hcl", "runbooks/unseal.md", "runbooks/ceremony.md", "runbooks/dr_restore.md"} <= set(made)
    for path, text in made.items():
        assert text.endswith("\n") or path.endswith(".svg")
        if path.endswith(".svg"):
            assert ET.fromstring(text).tag.endswith("svg")


def test_the_exam_question_gives_an_hsm_configuration_for_the_fips_build() -> None:
    made = built(fips_scope="whole_product")
    assert 'seal "pkcs11"' in made["vault.hcl"]
    assert "+ent.hsm.fips1403" in made["vault.hcl"]
    assert "Keep the seal key in an HSM and let Vault unseal over PKCS#11." in made["README.md"]
    assert "VAULT_HSM_PIN" in made["README.md"]


def test_sums_list_every_other_file() -> None:
    made = built()
    listed = dict(line.split("  ")[::-1] for line in made.pop("SHA256SUMS").splitlines())
    assert listed == {path: digest(text) for path, text in made.items()}


def test_an_undecided_question_writes_nothing_and_names_the_next() -> None:
    with pytest.raises(NotDecided, match="nothing is written: answer 'platform' next") as caught:
        files(rules.decide(RULESET, answers.parse({"answers": {}}, RULESET)), RULESET)
    assert caught.value.question == "platform"


def test_an_option_can_be_asked_for_unless_it_is_excluded_or_unknown() -> None:
    decision = decide(boundary="anywhere", fips_level="none", fips_standard="none", operator_keys="allowed")
    asked = next(each.id for each in decision.options if each.state == "possible")
    made = files(decision, RULESET, option=asked)
    assert f"This folder was asked for `{asked}`" in made["README.md"]
    with pytest.raises(CannotGenerate, match="shamir is excluded by R"):
        files(decide(), RULESET, option="shamir")
    with pytest.raises(CannotGenerate, match="no option 'hsm'"):
        files(decide(), RULESET, option="hsm")


def test_a_seal_that_the_platform_has_not_is_named_with_the_platforms_that_have_it() -> None:
    with pytest.raises(CannotGenerate, match=r"Vault Community has no HSM over PKCS#11 seal; it needs .*OpenBao 2.7"):
        generate.design_of(decide(platform="vault_community"), "pkcs11")
    with pytest.raises(CannotGenerate, match="one live seal only"):
        generate.design_of(decide(platform="openbao_2_7"), "multi_seal")


def test_every_equal_of_a_tie_gets_its_own_folder() -> None:
    decision = next(
        made
        for made in (rules.decide(RULESET, answers.loads(file.read_text(), RULESET)) for file in ARCHETYPES)
        if made.status == "tie"
    )
    first, *others = decision.recommended
    made = files(decision, RULESET)
    assert f"It is a tie: `{first}` stands here" in made["README.md"]
    for other in others:
        assert f"alternatives/{other}/vault.hcl" in made
        assert f"alternatives/{other}/runbooks/first_start.md" in made


def test_each_runbook_step_has_somebody_who_does_it_and_something_to_expect() -> None:
    for path, text in built().items():
        if path.startswith("runbooks/"):
            steps = text.split("\n## ")[1:-1]
            assert all("\nWho: " in step and "\nExpect: " in step for step in steps), path
            assert "\n## Sources\n\n- https://" in text
    assert len(RUNBOOKS) == 7


def test_openbao_is_addressed_by_its_own_commands_and_paths() -> None:
    made = built(platform="openbao_2_7", fips_scope="key_only")
    text = "\n".join(text for path, text in made.items() if path.startswith("runbooks/"))
    assert "bao operator rotate-keys -target=recovery -init" in text
    assert "/etc/openbao/openbao.hcl" in text
    assert "vault operator" not in text
    assert "developer.hashicorp.com" not in text
    assert 'plugin "kms" "pkcs11"' in made["vault.hcl"]


def test_vault_enables_its_audit_devices_by_the_api_and_openbao_in_the_file() -> None:
    assert "vault audit enable file" in built()["runbooks/first_start.md"]
    assert "audit" not in re.sub(r"#.*", "", built()["vault.hcl"])
    openbao = built(platform="openbao_2_7", fips_scope="key_only")
    assert openbao["vault.hcl"].count('audit "file"') == 2
    assert "bao audit list" in openbao["runbooks/first_start.md"]


@pytest.mark.parametrize(
    ("old", "words", "steps"),
    [
        ("nothing", "no seal that is in use today", 0),
        ("shamir", "from manual unseal (Shamir) to HSM over PKCS#11", 5),
        ("cloud_kms", "from cloud KMS to HSM over PKCS#11", 5),
        ("pkcs11", "That is no seal migration", 0),
    ],
)
def test_only_a_supported_migration_gets_steps(old: str, words: str, steps: int) -> None:
    text = built(migrating_from=old)["runbooks/migration.md"]
    assert words in text
    assert text.count("\nWho: ") == steps
    assert supported("shamir", "pkcs11")
    assert not supported("cloud_kms", "cloud_kms")


def test_recovery_keys_are_never_said_to_open_anything() -> None:
    text = " ".join(built()["runbooks/recovery_keys.md"].split())
    assert "They cannot decrypt anything: if the seal key is lost, so are the data and every snapshot." in text


def test_a_runbook_without_its_name_or_twice_refuses_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runbooks, "import_module", lambda name: object())
    with pytest.raises(TypeError, match="has no RUNBOOK"):
        runbooks._walk()
    monkeypatch.setattr(runbooks, "import_module", lambda name: type("M", (), {"RUNBOOK": RUNBOOKS[0]}))
    with pytest.raises(ValueError, match="there already"):
        runbooks._walk()
