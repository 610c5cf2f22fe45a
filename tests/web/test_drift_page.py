"""The drift page: the deployed file against the approved design, node against node, each with its consequence."""

from __future__ import annotations

import pytest
from django.test import Client

from evidence import services as evidence_services
from evidence.core.upload import Declared
from seal_advisor import services
from seal_advisor.access import Actor
from seal_advisor.models import Design, User
from tests import factories
from tests.web.pages import address, sentence, text, tree


def received(design: Design, user: User, data: bytes, node: str = "") -> None:
    evidence_services.receive_evidence(
        design, actor=Actor(user), name="vault.hcl", data=data, declared=Declared(node=node or None)
    )


def rows(client: Client, design: Design) -> dict[str, tuple[str, str, str]]:
    page = tree(client.get(address(design, "drift/")))
    found = {}
    for row in page.xpath("//tbody/tr"):
        path, _, _, consequence = (" ".join(cell.text_content().split()) for cell in row)
        left, right = (" ".join(cell.xpath("string(.//span[@class='place'])").split()) for cell in row[1:3])
        found[path] = (left, right, consequence)
    return found


def test_the_generated_configuration_itself_shows_no_drift(web: Client, design: Design, alice: User) -> None:
    received(design, alice, services.design_files(design)["vault.hcl"].encode())
    answer = web.get(address(design, "drift/"))
    assert sentence(answer) == "What runs is what was decided."
    assert rows(web, design) == {}
    assert "mechanism" in text(answer), "what is the same can be looked at"


def test_a_deployed_file_shows_each_difference_with_its_line_and_consequence(
    web: Client, design: Design, alice: User
) -> None:
    deployed = services.design_files(design)["vault.hcl"].replace(
        'tls_min_version = "tls12"', 'tls_min_version = "tls10"'
    )
    line = next(number for number, one in enumerate(deployed.splitlines(), 1) if "tls10" in one)
    received(design, alice, deployed.encode())
    ((path, (left, right, consequence)),) = rows(web, design).items()
    assert path.endswith("tls_min_version")
    assert (left, right) == ("tls12", f"tls10 (line {line})")
    assert consequence == "One of the two takes older TLS"


def test_one_node_stands_against_another_also_where_nothing_is_decided(web: Client, alice: User) -> None:
    undecided = factories.design(alice, answers={})
    received(undecided, alice, factories.VAULT_HCL, "a")
    received(undecided, alice, factories.VAULT_HCL.replace(b"vault-key", b"other-key"), "b")
    shown = text(web.get(address(undecided, "drift/")))
    assert "no design to compare with" in shown
    assert "vault.hcl (b) against vault.hcl (a)" in shown
    (found,) = [value for path, value in rows(web, undecided).items() if "key_label" in path]
    assert found[:2] == ("vault-key (line 5)", "other-key (line 5)")
    assert "a node with the other key cannot unseal" in found[2]
    assert b"planted" not in web.get(address(undecided, "drift/")).content


@pytest.mark.parametrize("part", ["evidence/", "controls/"])
def test_evidence_and_controls_lead_to_it(web: Client, design: Design, part: str) -> None:
    assert address(design, "drift/") in web.get(address(design, part)).content.decode()


def test_without_a_configuration_there_is_nothing_to_compare(web: Client, design: Design) -> None:
    assert sentence(web.get(address(design, "drift/"))) == "There is nothing to compare yet."
