"""What a reader of evidence may say: records of ours with fields of their types, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from evidence.core import typed_json
from evidence.core.facts import Artefact, ConfigFacts, Problem, Setting, Stanza
from evidence.core.typed_json import NotTyped

SETTING = Setting("pin", "[redacted:seal.pin]", 3, removed=True)
CONFIG = ConfigFacts(
    root=Stanza("", "", 1, {"pin": SETTING}, (Stanza("seal", "pkcs11", 2),)),
    product=None,
    product_basis="",
    version=None,
    server_accepts=False,
    problems=(Problem("code", 'it\'s "said" \u00e9', None, "refused"),),
)


@pytest.mark.parametrize(
    "value",
    [
        None, True, 7, 1.5, "t", ("t", 1), ["t"], frozenset({"a"}), {"a": ("b",), 1: None}, b"\xff\x00", (),
        datetime(2026, 11, 24, 10, 0, 0, 7, tzinfo=UTC), date(2026, 11, 24), CONFIG,
        Artefact("x", "00", 3, "vault_config", facts=CONFIG, observed_from=datetime(2026, 7, 1, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_a_value_comes_back_with_its_type(value: object) -> None:
    found = typed_json.read(typed_json.write(value), type(value))
    assert (found, type(found)) == (value, type(value))


def test_what_has_no_form_is_not_written() -> None:
    with pytest.raises(TypeError):
        typed_json.write(object())


@pytest.mark.parametrize(
    "text",
    [
        "", "{", '{"a": 1}', "[]", '["x", 1]', "[[]]", '["t", {"a": 1}]', '["m", "a"]', '["d", "yesterday"]',
        '["d", 1]', '["d"]', '["y", "2026-13-01"]', '["b", "%%"]', '["m", ["l"], 1]', "[" * 5000 + "]" * 5000,
        '["r"]', '["r", 1]', '["r", "os:system", "true"]', '["r", "evidence.core.facts:Artefact"]',
        '["r", "evidence.core.refusal:Refused", "a", "b"]', '["r", "evidence.core.nothing:Such", 1]',
        '["r", "evidence.core.facts:load", 1]', '["r", "evidence.core..facts:Problem", 1]',
        '["r", "seal_advisor.core.ruleset_types:Source", "a", "b", "c"]',
        '["r", "evidence.reading.parent:Limits", 1, 1, 1, 1, 1, 1]',
        '["r", "evidence.core.facts.artefact:Redaction", "1", "what"]',
        '["r", "evidence.core.facts.artefact:Redaction", true, "what"]',
        '["r", "evidence.core.facts.artefact:Redaction", 1]',
        '["r", "evidence.core.facts.artefact:Redaction", 1, "what", "more"]',
        '["r", "evidence.core.facts.config:Stanza", "a", "b", 1, ["m", "k", "no setting"], ["t"], ["t"]]',
    ],
)  # fmt: skip
def test_nothing_else_is_read(text: str) -> None:
    with pytest.raises(NotTyped):
        typed_json.read(text.encode(), object)


def test_a_record_of_another_kind_than_was_asked_for_is_not_read() -> None:
    with pytest.raises(NotTyped, match="not a Artefact"):
        typed_json.read(typed_json.write(SETTING), Artefact)
