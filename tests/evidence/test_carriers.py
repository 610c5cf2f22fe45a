"""A configuration inside something else is judged like the file itself, at the lines that a person has in hand."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from evidence.core.carriers.yaml_tree import read
from evidence.core.demands import Settings, strict
from evidence.core.examine import examine
from evidence.core.facts import (
    AgentConfigFacts,
    Artefact,
    ConfigFacts,
    Declared,
    EnvironmentFacts,
    Evidence,
    PolicyFacts,
    TerraformFacts,
    UnitFacts,
)
from evidence.core.results import Result
from evidence.core.upload import Refused, intake
from tests.evidence.judging import HSM_SEAL, NOW, config, fails, judge

DATA = Path(__file__).resolve().parent.parent / "data" / "carriers"
PIN, TOKEN, AWS_KEY = "98765432", "s.U8nQLJtL0MAEirkyBDikkNsm", "wJalrXUtnFEMIbPxRfiCYEXAMPLEKEYabcd1234"
VAULT = Declared(product="vault", version="1.21.0")


def carrier(name: str) -> Artefact:
    return intake(name, (DATA / name).read_bytes(), declared=VAULT)


def facts(name: str) -> ConfigFacts:
    found = carrier(name).facts
    assert isinstance(found, ConfigFacts)
    return found


def text(name: str, content: str) -> Artefact:
    return intake(name, content.encode())


def refused(name: str, content: str) -> Refused:
    with pytest.raises(Refused) as caught:
        intake(name, content.encode())
    assert "\n" not in str(caught.value)
    return caught.value


# --- Helm values, ConfigMap, bank-vaults ------------------------------------------------------------------------------


def test_helm_values_are_judged_at_their_own_lines() -> None:
    found = facts("values.yaml")
    assert found.carrier == "Helm values: server.ha.raft.config"
    assert found.seal_type == "awskms"
    assert fails(judge("C-TL-01", carrier("values.yaml")))[0][0] == 27


def test_the_configuration_that_the_chart_does_not_use_is_named_and_not_judged() -> None:
    found = facts("values.yaml")
    assert [(p.code, p.line) for p in found.problems if p.code == "carrier_not_used"] == [("carrier_not_used", 13)]
    assert [storage.label for storage in found.blocks("storage")] == ["raft"]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ('server:\n  standalone:\n    config: |\n      ui = true\n      storage "file" {}\n', 5),
        ('server:\n  ha:\n    enabled: true\n    config: |\n      storage "file" {}\n', 5),
        ('vault:\n  server:\n    standalone:\n      config: |\n        storage "file" {}\n', 5),
        ("server:\n  standalone:\n    config:\n      ui: true\n      storage:\n        file: {path: /d}\n", 6),
        ('server:\n  standalone:\n    config: "storage \\"file\\" {}"\n', 3),
        ('server:\n  standalone:\n    config: |\n      {\n        "storage": {"file": {}}\n      }\n', 5),
    ],
)
def test_every_place_and_form_that_the_chart_reads(values: str, line: int) -> None:
    found = text("values.yaml", values).facts
    assert isinstance(found, ConfigFacts)
    assert [(storage.label, storage.line) for storage in found.blocks("storage")] == [("file", line)]


def test_a_chart_whose_mode_uses_neither_configuration_is_refused() -> None:
    ha = "  ha:\n    config: |\n      a = 1\n    raft:\n      config: |\n        b = 1\n"
    assert "the chart's mode uses none" in refused("values.yaml", "server:\n" + ha).reason


def test_a_config_map_is_the_folder_that_it_becomes() -> None:
    found = facts("configmap.yaml")
    assert found.carrier == "ConfigMap: data.10-listener.hcl, data.20-storage.json, data.quoted.hcl"
    assert [(block.kind, block.line) for block in found.root.stanzas] == [
        ("listener", 7),
        ("storage", 15),
        ("seal", 24),
    ]
    assert (11, "tls_disable is on: this listener speaks plain HTTP") in fails(
        judge("C-TL-01", carrier("configmap.yaml"))
    )


def test_a_config_map_in_json_is_read_too() -> None:
    content = '{"kind": "ConfigMap",\n "data": {"vault.hcl": "storage \\"raft\\" {\\n  path = \\"/d\\"\\n}"}}\n'
    found = text("cm.json", content).facts
    assert isinstance(found, ConfigFacts)
    assert [storage.line for storage in found.blocks("storage")] == [2]


def test_bank_vaults_holds_the_configuration_as_a_map() -> None:
    found = facts("bank-vaults.yaml")
    assert [(s.kind, s.label, s.line) for s in found.root.stanzas] == [
        ("storage", "raft", 12),
        ("listener", "tcp", 16),
        ("seal", "transit", 25),
    ]
    assert found.root.flag("disable_mlock") is True
    assert [p.line for p in found.problems if p.code == "wrong_type"] == [14]


def test_a_broken_configuration_is_refused_at_its_line_in_the_outer_file() -> None:
    caught = refused(
        "values.yaml", 'server:\n  standalone:\n    config: |\n      ui = true\n      storage "raft" = {\n'
    )
    assert (caught.line, "cannot be assigned" in caught.reason) == (5, True)


def test_a_template_says_render_it_first() -> None:
    manifest = 'kind: ConfigMap\ndata:\n  vault.hcl: |\n    storage "raft" {}\n  x: {{ .Values.x }}\n'
    assert "helm template" in refused("cm.yaml", manifest).remedy


# --- secrets ----------------------------------------------------------------------------------------------------------

PLANTED = {
    "values.yaml": (DATA / "values.yaml").read_text(encoding="utf-8"),
    "configmap.yaml": (DATA / "configmap.yaml").read_text(encoding="utf-8"),
    "bank-vaults.yaml": (DATA / "bank-vaults.yaml").read_text(encoding="utf-8"),
    "folded.yaml": f'server:\n  standalone:\n    config: >\n      seal "pkcs11" {{ pin = "{PIN}" }}\n',
    "flow.yaml": f"kind: Vault\nspec:\n  config: {{seal: {{pkcs11: {{pin: {PIN}, slot: 1}}}}}}\n",
    "env.yaml": f"server:\n  extraEnvironmentVars:\n    FOO: {PIN}\n  ha:\n    config: |\n      a = 1\n",
    "two.yaml": f"kind: Secret\ndata:\n  a: {AWS_KEY}\n---\n"
    'kind: ConfigMap\ndata:\n  v.hcl: |\n    storage "raft" {}\n',
    "list.yaml": "kind: List\nitems:\n- kind: Secret\n  data:\n    a: "
    + AWS_KEY
    + '\n- kind: ConfigMap\n  data:\n    v.hcl: |\n      storage "raft" {}\n',
    "block.yaml": f"kind: Vault\nspec:\n  x:\n    token: |\n      {TOKEN}\n  config:\n    storage:\n      raft: {{}}\n",
    "vault.env": f"VAULT_TOKEN={TOKEN}\nVAULT_SEAL_TYPE={AWS_KEY}\nBAO_X='{PIN}'\n",
    "vault.service": f'[Service]\nEnvironment="VAULT_X={AWS_KEY}" BAO_HSM_PIN={PIN}\nExecStart=/usr/bin/vault server\n',
    "key.tf": f'resource "aws_kms_key" "v" {{\n  x = "{TOKEN}"\n  password = "{PIN}x"\n}}\n',
    "agent.hcl": f'auto_auth {{\n  method "token" {{\n    config = {{ token = "{TOKEN}" }}\n  }}\n}}\n',
    "policy.hcl": f'# token {TOKEN}\npath "a/*" {{\n  capabilities = ["read"]\n}}\n',
}


@pytest.mark.parametrize("name", PLANTED)
def test_no_planted_secret_survives_and_reading_the_kept_text_again_says_the_same(name: str) -> None:
    taken = intake(name, PLANTED[name].encode(), declared=VAULT)
    kept = taken.content.decode()
    assert taken.kind != "opaque"
    assert [secret for secret in (PIN, TOKEN, AWS_KEY) if secret in kept + repr(taken.facts)] == []
    assert kept.count("\n") == PLANTED[name].count("\n")
    again = intake(name, kept.encode(), declared=VAULT)
    assert (again.facts, again.content) == (taken.facts, taken.content)


def test_a_secret_that_is_only_referred_to_is_no_finding() -> None:
    result = judge("C-PN-01", carrier("values.yaml"))
    assert [line for line, _ in fails(result)] == [35]


# --- hostile YAML and Terraform ---------------------------------------------------------------------------------------

HEAD = "server:\n  ha:\n    config: |\n      a = 1\n"
BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        (HEAD + BOMB, "alias", 6),
        (HEAD + "".join(" " * i + "k:\n" for i in range(400)), "nested deeper than 24", 29),
        (HEAD + "d: " + "[" * 1000 + "\n", "nested deeper than 24", 5),
        (HEAD + "".join(f"k{i}: 1\n" for i in range(12_000)), "more than 20,000 events", 10_000),
        (HEAD + "".join(f"key{i}: 1\n" for i in range(40_000)), "more than 256 KiB", None),
        (HEAD + "  ha:\n    x: 1\n", "stands twice", 5),
        (HEAD + "t: !!python/object/apply:os.system [x]\n", "tag", 5),
    ],
)
def test_hostile_yaml_is_refused_in_one_line_and_at_once(content: str, reason: str, line: int | None) -> None:
    start = time.process_time()
    caught = refused("values.yaml", content)
    assert time.process_time() - start < 3
    assert reason in caught.reason
    assert caught.line == line


def test_a_bomb_of_no_known_kind_is_refused_too_and_an_ordinary_file_is_not() -> None:
    assert "alias" in refused("any.yaml", BOMB).reason
    assert text("any.yaml", "a: 1\nb: [1, 2]\n").kind == "opaque"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("a {\n" * 500, "nested deeper than 24"),
        ("x = " + "(" * 5000 + "1" + ")" * 5000 + "\n}\n", "nested deeper than 24"),
        ("x = 1" + " + 1" * 9000 + "\n}\n", "too deep"),
        ("".join(f"k{i} = {i}\n" for i in range(9000)) + "}\n", "more than 20,000 tokens"),
        ("x = = 1\n}\n", "not Terraform"),
    ],
)
def test_hostile_terraform_is_refused_in_one_line(body: str, reason: str) -> None:
    start = time.process_time()
    assert reason in refused("key.tf", 'resource "aws_kms_key" "v" {\n' + body).reason
    assert time.process_time() - start < 10


def test_places_are_characters_of_the_text_not_bytes() -> None:
    (table,) = read("é: ü\nkey: |\n  a\n")
    assert [(k.start, k.end) for k, _ in table.entries] == [(0, 1), (5, 8)]  # type: ignore[union-attr]


# --- what is not a server's configuration -----------------------------------------------------------------------------


def test_agents_and_policies_are_named_as_what_they_are() -> None:
    agent = text("a.hcl", 'vault {\n}\nauto_auth {\n}\ntemplate {\n  contents = "{{ x }}"\n}\nlistener "tcp" {\n}\n')
    assert agent.facts == AgentConfigFacts((("vault", 1), ("auto_auth", 3), ("template", 5), ("listener", 8)))
    policy = text("p.hcl", 'path "a/{{identity.entity.id}}" {\n  capabilities = ["read", "list"]\n}\npath "b" {\n}\n')
    assert isinstance(policy.facts, PolicyFacts)
    assert [(r.path, r.capabilities, r.line) for r in policy.facts.rules] == [
        ("a/{{identity.entity.id}}", ("read", "list"), 1),
        ("b", (), 4),
    ]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.hcl", 'vault {\n}\ncache {\n}\nlistener "tcp" {\n}\n', "agent_config"),
        ("a.json", '{"auto_auth": {}, "listener": [{"tcp": {}}], "vault": {}}', "agent_config"),
        ("p.json", '{"path": {"a": {"capabilities": ["read"]}}}', "policy"),
        (
            "p.tf",
            'resource "vault_policy" "p" {\n  policy = <<EOT\npath "a" {\n  capabilities = ["read"]\n}\nEOT\n}\n',
            "terraform",
        ),
        ("u.tf", 'resource "x" "y" {\n  user_data = <<EOT\nlistener "tcp" {\n}\nauto_auth {\n}\nEOT\n}\n', "terraform"),
    ],
)
def test_the_content_decides_what_a_file_is(name: str, content: str, kind: str) -> None:
    assert text(name, content).kind == kind


def test_a_server_configuration_with_a_cache_word_stays_one() -> None:
    assert config('listener "tcp" {}\nstorage "raft" {}\ntelemetry {}\n').kind == "vault_config"


# --- Terraform --------------------------------------------------------------------------------------------------------


def test_terraform_shows_what_it_declares_and_never_passes() -> None:
    code = carrier("seal.tf")
    assert isinstance(code.facts, TerraformFacts)
    assert code.facts.of("aws_s3_bucket_object_lock_configuration")[0].settings[
        "rule.default_retention.mode"
    ].value == ("GOVERNANCE")
    kms = config('seal "awskms" {}\n')
    result = judge("C-KB-08", code, kms)
    assert [line for line, _ in fails(result)] == [9]
    assert [f.line for f in result.findings if f.severity == "warn"] == [8]
    sound = (
        (DATA / "seal.tf")
        .read_text(encoding="utf-8")
        .replace("= 7", "= 30")
        .replace('Principal = "*"', 'Principal = "a"')
    )
    assert judge("C-KB-08", text("seal.tf", sound), kms).verdict == "not_proven"


def test_one_hsm_and_two_in_one_zone_do_not_survive_a_loss() -> None:
    hsm = config(HSM_SEAL)
    assert fails(judge("C-DR-01", carrier("seal.tf"), hsm))[0][0] == 24
    member = 'resource "aws_cloudhsm_v2_hsm" "{}" {{\n  availability_zone = "{}"\n}}\n'
    same = text("h.tf", member.format("a", "eu-1a") + member.format("b", "eu-1a"))
    apart = text("h.tf", member.format("a", "eu-1a") + member.format("b", "eu-1b"))
    assert "one zone takes them all" in fails(judge("C-DR-01", same, hsm))[0][1]
    assert judge("C-DR-01", apart, hsm).verdict == "not_proven"


# --- the environment beats the file -----------------------------------------------------------------------------------


def warned(*artefacts: Artefact) -> list[tuple[str, int | None]]:
    result = judge("C-KB-01", *artefacts)
    return [(f.message.partition(" is set")[0], f.line) for f in result.findings if f.severity == "warn"]


def test_a_variable_that_beats_the_file_is_named_with_its_line() -> None:
    env = text("vault.env", "# of the unit\nVAULT_HSM_KEY_LABEL=x\nexport VAULT_SEAL_TYPE=awskms\nVAULT_ADDR=y\n")
    assert env.facts == EnvironmentFacts((("VAULT_HSM_KEY_LABEL", 2), ("VAULT_SEAL_TYPE", 3), ("VAULT_ADDR", 4)))
    assert warned(config(HSM_SEAL), env) == [("VAULT_HSM_KEY_LABEL", 2), ("VAULT_SEAL_TYPE", 3)]


def test_a_variable_that_the_file_asks_for_beats_nothing() -> None:
    assert warned(config(HSM_SEAL), text("vault.env", "VAULT_HSM_PIN=12345678\n")) == []


def test_the_other_products_variable_and_the_other_nodes_beat_nothing() -> None:
    assert warned(config(HSM_SEAL), text("vault.env", "BAO_HSM_KEY_LABEL=x\n")) == []
    other = intake("vault.env", b"VAULT_HSM_KEY_LABEL=x\n", declared=Declared(node="n2"))
    assert warned(config(HSM_SEAL, node="n1"), other) == []


def test_transit_reads_its_address_from_the_file_first() -> None:
    seal = 'seal "transit" {\n  address = "https://a"\n  key_name = "k"\n  mount_path = "m"\n}\n'
    env = text("vault.env", "VAULT_ADDR=x\nVAULT_TRANSIT_SEAL_KEY_NAME=y\n")
    assert warned(config(seal), env) == [("VAULT_TRANSIT_SEAL_KEY_NAME", 2)]


def test_a_unit_names_the_variables_that_a_seal_reads_and_keeps_no_value() -> None:
    unit = text(
        "v.service", '[Service]\nEnvironment=AWS_REGION=eu "FOO=a b" VAULT_SEAL_TYPE=x\nExecStart=/bin/vault server\n'
    )
    assert isinstance(unit.facts, UnitFacts)
    assert unit.facts.overrides == (("AWS_REGION", 2), ("VAULT_SEAL_TYPE", 2))
    assert b"a b" not in unit.content


def test_the_chart_and_the_resource_set_variables_too() -> None:
    assert dict(facts("values.yaml").environment) == {"VAULT_AWSKMS_SEAL_KEY_ID": 6, "VAULT_HSM_PIN": 8}
    assert warned(carrier("bank-vaults.yaml")) == [("VAULT_SEAL_TYPE", 9)]


# --- a folder of files ------------------------------------------------------------------------------------------------

PARTS = {
    "10.hcl": '# first\nlistener "tcp" {\n  address = "a:8200"\n  tls_disable = true\n}\n',
    "20.json": '{\n"storage": {"raft": {"path": "/d"}},\n"api_addr": "https://a",\n"cluster_addr": "https://a"}\n',
    "30.hcl": '\n\nseal "pkcs11" {\n  library = "/x"\n}\n',
}


def part(name: str, content: str, **about: str | None) -> Artefact:
    declared = Declared(product="vault", version="1.19.0", node=about.get("node"))
    taken = intake(name, content.encode(), declared=declared)
    return Artefact(**{**{slot: getattr(taken, slot) for slot in taken.__slots__}, "folder": about.get("folder")})


def findings(*artefacts: Artefact) -> dict[str, list[tuple[str, int | None, str]]]:
    results = examine(Evidence(artefacts), strict(), Settings(NOW))
    return {r.control: [(f.path, f.line, f.message) for f in r.findings] for r in results}


@pytest.mark.parametrize("about", [{"node": "n1"}, {"folder": "/etc/vault.d"}])
def test_the_files_of_a_node_are_one_configuration_with_findings_at_the_files(about: dict[str, str]) -> None:
    parts = [part(name, content, **about) for name, content in PARTS.items()]
    found = findings(*parts)
    assert ("10.hcl", 4) in [(path, line) for path, line, _ in found["C-TL-01"]]
    assert ("30.hcl", 4) in [(path, line) for path, line, _ in found["C-KB-01"]]
    assert not [words for _, _, words in found["C-HD-02"] if "no storage block" in words]
    results = {r.control: r for r in examine(Evidence(tuple(parts)), strict(), Settings(NOW))}
    assert set(results["C-TL-01"].artefacts) == {each.sha256 for each in parts}


def test_files_that_nobody_put_together_stay_apart() -> None:
    parts = [part(name, content) for name, content in PARTS.items()]
    assert [words for _, _, words in findings(*parts)["C-HD-02"] if "no storage block" in words]


def test_a_block_that_is_set_in_two_files_is_a_finding_at_the_second() -> None:
    again = part("40.hcl", 'ui = true\nstorage "raft" {\n  path = "/e"\n}\n', folder="d")
    parts = [part(name, content, folder="d") for name, content in PARTS.items()]
    told = [(path, line) for path, line, words in findings(*parts, again)["C-HD-02"] if "no fixed order" in words]
    assert told == [("40.hcl", 2)]


def test_two_whole_configurations_in_a_folder_are_two_nodes() -> None:
    whole = 'listener "tcp" {\n  tls_disable = true\n}\nstorage "raft" {\n  path = "/d"\n}\n'
    found = findings(part("n1.hcl", whole, folder="d"), part("n2.hcl", whole, folder="d"))
    assert [(path, line) for path, line, _ in found["C-TL-01"]] == [("n1.hcl", 2), ("n2.hcl", 2)]
    assert not [words for _, _, words in found["C-HD-02"] if "no fixed order" in words]


def test_a_newer_state_of_the_same_file_is_no_second_part() -> None:
    old = part("vault.hcl", 'storage "raft" {\n  path = "/d"\n}\n', node="n1")
    new = part("vault.hcl", 'storage "raft" {\n  path = "/e"\n}\n', node="n1")
    assert not [words for _, _, words in findings(old, new)["C-HD-02"] if "no fixed order" in words]


def test_terraform_says_whether_audit_records_can_be_deleted() -> None:
    """C-AU-03: a bucket for records is locked in COMPLIANCE mode, or it is a warning with its line; never a pass."""
    code = (DATA / "seal.tf").read_text()

    def judged(text: str) -> Result:
        return judge("C-AU-03", intake("seal.tf", text.encode()))

    def said(result: Result) -> list[tuple[int | None, str]]:
        return [(one.line, one.severity) for one in result.findings if "aws_s3_bucket" in one.message]

    governed = judged(code)
    assert said(governed) == [(38, "warn")]
    assert "s3:BypassGovernanceRetention" in str(governed.findings)
    locked = judged(code.replace('"GOVERNANCE"', '"COMPLIANCE"'))
    assert (locked.verdict, "in mode COMPLIANCE" in str(locked.findings)) == ("not_proven", True)
    for bare in (code[: code.index('resource "aws_s3_bucket_object_lock')], code.replace("audit.id", "other.id")):
        assert said(judged(bare)) == [(29, "warn")]
        assert "without Object Lock" in str(judged(bare).findings)
    assert said(judged(code.replace("audit", "assets"))) == []
