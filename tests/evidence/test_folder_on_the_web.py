"""Files of one node that were uploaded one by one are judged as the one configuration that the server makes of them."""

from __future__ import annotations

import pytest

from evidence import services
from evidence.core.upload import Declared
from seal_advisor.access import Actor
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_setting_in_two_files_of_a_node_is_found_where_it_stands() -> None:
    alice = factories.member("alice", "architect")
    design = factories.design(alice)
    for name, text in (("a.hcl", factories.VAULT_HCL), ("b.hcl", b'storage "raft" {\n  path = "/other"\n}\n')):
        declared = Declared(node="n1")
        services.receive_evidence(design, actor=Actor(alice), name=name, data=text, declared=declared)
    said = {
        (finding.path, finding.line, finding.message)
        for result in services.judge(design)
        for finding in result.findings
        if "is set here and in" in finding.message
    }
    assert {(path, line) for path, line, _ in said} == {("b.hcl", 1)}
