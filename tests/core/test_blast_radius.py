"""What is lost when a part of the seal is gone: every loss, every option, with sources; recovery keys open nothing."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from seal_advisor.core import blast_radius, losses, ruleset
from seal_advisor.core.blast_radius import OPTIONS, PLATFORMS, BlastError
from seal_advisor.core.unseal_inputs import Inputs

EVERY = [
    *("hsm_member", "hsm_cluster", "kms_key_disabled", "kms_key_pending_deletion", "kms_key_deleted", "region"),
    *("transit_unsealer", "key_holders", "recovery_keys", "snapshot_seal_key", "kmip_server", "static_key"),
]
# option -> loss -> restart, data, otherwise. What stands here is what a reader plans by.
EXPECTED = {
    "pkcs11": {
        "hsm_member": ("degraded", "none", "for_ever"),
        "hsm_cluster": ("no", "until_recovered", "for_ever"),
        "region": ("no", "until_recovered", "for_ever"),
        "recovery_keys": ("yes", "none", ""),
        "snapshot_seal_key": ("yes", "for_ever", "until_recovered"),
    },
    "cloud_kms": {
        "kms_key_disabled": ("no", "until_recovered", ""),
        "kms_key_pending_deletion": ("no", "until_recovered", "for_ever"),
        "kms_key_deleted": ("no", "for_ever", "until_recovered"),
        "region": ("no", "until_recovered", ""),
        "recovery_keys": ("yes", "none", ""),
        "snapshot_seal_key": ("yes", "for_ever", "until_recovered"),
    },
    "shamir": {
        "region": ("yes", "none", ""),
        "key_holders": ("no", "for_ever", "until_recovered"),
        "snapshot_seal_key": ("yes", "for_ever", "until_recovered"),
    },
    "transit": {
        "region": ("no", "until_recovered", "for_ever"),
        "transit_unsealer": ("no", "until_recovered", "for_ever"),
        "recovery_keys": ("yes", "none", ""),
        "snapshot_seal_key": ("yes", "for_ever", "until_recovered"),
    },
    "multi_seal": {
        "hsm_member": ("yes", "none", ""),
        "hsm_cluster": ("degraded", "none", "for_ever"),
        "kms_key_disabled": ("degraded", "none", ""),
        "kms_key_pending_deletion": ("degraded", "none", ""),
        "kms_key_deleted": ("degraded", "none", "for_ever"),
        "region": ("degraded", "none", "until_recovered"),
        "transit_unsealer": ("degraded", "none", ""),
        "recovery_keys": ("yes", "none", ""),
        "snapshot_seal_key": ("yes", "none", "for_ever"),
    },
    "kmip": {
        "region": ("no", "until_recovered", "for_ever"),
        "recovery_keys": ("yes", "none", ""),
        "snapshot_seal_key": ("yes", "for_ever", "until_recovered"),
        "kmip_server": ("no", "until_recovered", "for_ever"),
    },
    "static": {
        "region": ("yes", "none", "for_ever"),
        "recovery_keys": ("yes", "none", ""),
        "snapshot_seal_key": ("yes", "for_ever", "until_recovered"),
        "static_key": ("no", "until_recovered", "for_ever"),
    },
}


@pytest.mark.parametrize("platform", [None, *PLATFORMS])
@pytest.mark.parametrize("option", OPTIONS)
def test_every_loss_either_can_happen_or_has_a_reason_why_not(option: str, platform: str | None) -> None:
    can = [loss.id for loss in blast_radius.losses(option, platform=platform)]
    cannot = [one.id for one in blast_radius.apart(option, platform=platform)]
    assert sorted([*can, *cannot]) == sorted(EVERY)
    assert all(one.reason.endswith(".") for one in blast_radius.apart(option, platform=platform))


@pytest.mark.parametrize("option", OPTIONS)
def test_what_a_reader_plans_by(option: str) -> None:
    found = {loss.id: (loss.restart, loss.data, loss.otherwise) for loss in blast_radius.losses(option, platform=None)}
    assert found == EXPECTED[option]


@pytest.mark.parametrize("platform", [None, *PLATFORMS])
@pytest.mark.parametrize("option", OPTIONS)
def test_every_entry_says_all_and_names_a_source(option: str, platform: str | None) -> None:
    for loss in blast_radius.losses(option, platform=platform):
        assert loss.sources
        assert len(loss.recover) >= 2
        sentences = [loss.gone, loss.serve_text, loss.restart_text, loss.data_text, loss.lasts, *loss.recover]
        assert [one for one in sentences if not one.rstrip(")`").endswith((".", "?"))] == []
        assert not any(word in " ".join(sentences) for word in ("{", "UNVERIFIED", "  "))
        assert bool(loss.otherwise) == bool(loss.otherwise_when)


def test_no_step_of_recovery_uses_recovery_keys_in_the_place_of_a_seal_key() -> None:
    """They authorise; they never decrypt. Only the entry on the recovery keys themselves speaks of them."""
    steps = {
        (option, loss.id): step
        for option in OPTIONS
        for loss in blast_radius.losses(option, platform=None)
        if loss.id != "recovery_keys"
        for step in loss.recover
        if "recovery key" in step.casefold()
    }
    assert steps == {}


@pytest.mark.parametrize("platform", [None, *PLATFORMS])
def test_what_recovery_keys_cannot_do_stands_beside_what_they_can(platform: str | None) -> None:
    keys = blast_radius.recovery_keys(platform=platform)
    assert "decrypt the root key" in keys.cannot
    assert "only while the seal key can be reached" in keys.condition
    assert any("generate-root" in one for one in keys.can)
    assert any("unseal again after an API" in one for one in keys.can)
    assert "snapshots and backups included" in keys.conclusion


def test_running_nodes_of_enterprise_depend_on_their_seal_and_others_do_not() -> None:
    def serve(platform: str | None) -> tuple[str, str]:
        cluster = next(loss for loss in blast_radius.losses("pkcs11", platform=platform) if loss.id == "hsm_cluster")
        return cluster.serve, cluster.serve_text

    assert serve("vault_enterprise_hsm")[0] == "partly"
    assert "disable_sealwrap" in serve("vault_enterprise_hsm")[1]
    assert serve("openbao_2_7")[0] == "yes"
    assert "Enterprise" not in serve("openbao_2_7")[1]
    assert "On Vault Enterprise:" in serve(None)[1]


def test_the_commands_are_those_of_the_product() -> None:
    steps = {
        platform: " ".join(
            step for loss in blast_radius.losses("kmip", platform=platform) for step in loss.recover if "status" in step
        )
        for platform in ("openbao_2_7", "vault_community")
    }
    assert "`bao status`" in steps["openbao_2_7"]
    assert "`vault status`" not in steps["openbao_2_7"]
    assert "`vault status`" in steps["vault_community"]


def test_replication_is_offered_on_enterprise_only() -> None:
    def promote(platform: str | None) -> list[str]:
        found = blast_radius.losses("cloud_kms", platform=platform)
        return [step for loss in found for step in loss.recover if "romote" in step]

    assert promote("vault_enterprise")
    assert promote("vault_community") == []
    assert all(step.startswith("On Vault Enterprise: ") for step in promote(None))


def test_what_hashicorp_operates_you_cannot_lose() -> None:
    assert blast_radius.losses("cloud_kms", platform="hcp_vault") == ()
    assert {one.reason for one in blast_radius.apart("cloud_kms", platform="hcp_vault")} == {blast_radius.HCP}


@pytest.mark.parametrize(
    ("option", "platform", "message"),
    [
        ("pkcs1", None, "no option 'pkcs1'; did you mean 'pkcs11'"),
        ("pkcs11", "vault_entreprise", "no platform 'vault_entreprise'; did you mean 'vault_enterprise'"),
    ],
)
def test_an_unknown_word_is_refused_with_the_nearest(option: str, platform: str | None, message: str) -> None:
    for ask in (blast_radius.losses, blast_radius.apart):
        with pytest.raises(BlastError, match=message):
            ask(option, platform=platform)


# --- The data ---------------------------------------------------------------------------------------------------------

LENT = ruleset.current()["sources.toml"]


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("hsm_member.toml", 'options = ["kmip"]', 'options = ["pkcs11"]', "option pkcs11 stands twice"),
        ("hsm_member.toml", 'options = ["shamir", "static"]', 'options = ["shamir"]', "says nothing about static"),
        ("hsm_member.toml", 'options = ["kmip"]', 'options = ["kmp"]', "no option 'kmp'; did you mean 'kmip'"),
        ("hsm_member.toml", 'restart = "yes"', 'restart = "maybe"', "case 2: no restart 'maybe'"),
        ("hsm_member.toml", 'data = "none"', 'data = "some"', "case 1: no data 'some'"),
        ("hsm_member.toml", 'running = "unaffected"', 'running = "unafected"', "no running 'unafected'"),
        ("hsm_member.toml", "lasts =", "last =", "case 1: no key 'last'; did you mean 'lasts'"),
        ("hsm_member.toml", 'otherwise = "for_ever"', "", "'otherwise' and 'otherwise_when' belong together"),
        ("hsm_member.toml", "order = 1", "order = 2", "order stands twice"),
        ("hsm_member.toml", '"luna_high_availability"', '"luna_high"', "no source 'luna_high'"),
        ("hsm_member.toml", "[loss]", "[loss", "hsm_member.toml: "),
        ("hsm_member.toml", 'gone = "One', 'gone = ""#', "loss: 'gone' is missing or empty"),
        ("sources.toml", "[source.vault_delete]", "[source.vault_deleted]", "no source 'vault_delete'"),
        ("sources.toml", "[source.vault_delete]", "[source.vault_init]", "source vault_init stands twice"),
        ("sources.toml", "read = 2026-11-24", 'read = "today"', "needs an https address and the day"),
        ("recovery.toml", "[recovery]", "[recoverys]", "no key 'recoverys'; did you mean 'recovery'"),
        ("running.toml", "[running.site_gone]", "[running.site_lost]", "no running 'site_gone'"),
    ],
)
def test_data_that_is_not_exactly_right_is_refused(file: str, old: str, new: str, message: str) -> None:
    texts = losses.texts()
    assert old in texts[file]
    texts[file] = texts[file].replace(old, new, 1)
    with pytest.raises(BlastError, match=message.replace("[", r"\[")):
        blast_radius.load(texts, LENT)


def test_a_source_or_text_that_nobody_uses_is_refused() -> None:
    texts = losses.texts()
    idle = '[source.idle]\ntitle = "t"\naddress = "https://example.org/"\nread = 2026-11-24\n'
    with pytest.raises(BlastError, match="never used: idle"):
        blast_radius.load({**texts, "sources.toml": texts["sources.toml"] + idle}, LENT)


def test_recovery_keys_must_be_explained_exactly_once() -> None:
    texts = losses.texts()
    with pytest.raises(BlastError, match="stands 2 times"):
        blast_radius.load({**texts, "again.toml": texts["recovery.toml"]}, LENT)


# --- The document -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", OPTIONS)
def test_the_document_is_json_with_the_losses_the_estimate_and_its_drawing(option: str) -> None:
    document = json.loads(json.dumps(blast_radius.document(option, "vault_community", Inputs(rto_min=60))))
    assert [loss["id"] for loss in document["losses"]] == list(EXPECTED[option])
    assert all(loss["sources"][0]["address"].startswith("https://") for loss in document["losses"])
    assert document["recovery_keys"]["cannot"]
    svg = ElementTree.fromstring(document["unseal_time"]["svg"])
    assert svg[1].text == " ".join(document["unseal_time"]["summary"])


@pytest.mark.parametrize("option", OPTIONS)
def test_the_text_says_the_same_as_the_document(option: str) -> None:
    said = blast_radius.text(option, "vault_community")
    for loss in blast_radius.losses(option, platform="vault_community"):
        assert loss.restart_text in said
        assert loss.data_text in said
        assert all(step in said for step in loss.recover)
        assert all(source.address in said for source in loss.sources)
    assert "Recovery keys never replace the seal key." in said
    assert "They cannot decrypt the root key." in said


def test_the_page_of_the_docs_shows_what_is_lost_for_every_option() -> None:
    page = (Path(__file__).parents[2] / "docs/blast-radius.md").read_text(encoding="utf-8")
    for loss in EVERY:
        cells = []
        for option in OPTIONS:
            _, data, otherwise = EXPECTED[option].get(loss, ("", "", ""))
            words = blast_radius.DATA.get(data, "–")
            cells.append(f"{words} ({blast_radius.DATA[otherwise]})" if otherwise else words)
        assert f"| `{loss}` | {' | '.join(cells)} |" in page
