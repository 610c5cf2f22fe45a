"""What only grows: held by the database, and tampering behind its back is found and named."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from evidence import ledger, services
from evidence.core import custody
from evidence.models import Artefact, LedgerEntry, LedgerHead
from evidence.storage import blobs
from seal_advisor.access import Actor
from seal_advisor.append_only import allow_change, forbid_change
from seal_advisor.models import AnswerChange, Design, Revision, RulesetCopy
from seal_advisor.services import freeze_revision
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def design(db: None) -> Design:
    alice = factories.member("alice", "architect")
    design = factories.design(alice)
    for name in ("vault.hcl", "other.hcl"):
        data = factories.VAULT_HCL + f"# {name}\n".encode()
        services.receive_evidence(design, actor=Actor(alice), name=name, data=data)
    freeze_revision(design, actor=Actor(alice))
    return design


@pytest.mark.parametrize("model", [AnswerChange, Revision, RulesetCopy, LedgerEntry])
def test_the_database_itself_refuses_to_change_or_delete_a_row(design: Design, model: type) -> None:
    table = model._meta.db_table  # type: ignore[attr-defined]
    assert model.objects.exists()  # type: ignore[attr-defined]
    column = {"evidence_ledgerentry": "kind", "seal_advisor_revision": "engine_version"}.get(table)
    statement = f"UPDATE {table} SET {column or ('part' if 'change' in table else 'version')} = 'x'"
    for sql in (statement, f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_every_leaf_is_proved_by_the_signed_head(design: Design) -> None:
    head = ledger.signed_head()
    assert head["size"] == LedgerEntry.objects.count() > LedgerEntry.objects.filter(kind="received").count() == 2
    for entry in LedgerEntry.objects.all():
        proof = ledger.proof(entry)
        siblings = [bytes.fromhex(one) for one in proof["inclusion"]]
        leaf = custody.leaf_hash(proof["entry"].encode())
        assert custody.included(leaf, proof["index"], head["size"], siblings, bytes.fromhex(head["root"]))


def verified() -> tuple[int, str]:
    """Exit code and complaints of `manage.py verify_ledger`."""
    errors = StringIO()
    try:
        call_command("verify_ledger", stdout=StringIO(), stderr=errors)
    except SystemExit as end:
        return int(end.code or 0), errors.getvalue()
    return 0, errors.getvalue()


def tamper(sql: str) -> None:
    """What somebody with the database's own password can do."""
    allow_change(connection, "evidence_ledgerentry")
    with connection.cursor() as cursor:
        cursor.execute(sql)
    forbid_change(connection, "evidence_ledgerentry")


def test_an_untouched_ledger_has_no_faults(design: Design) -> None:
    assert verified() == (0, "")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE evidence_ledgerentry SET entry = replace(entry, 'alice', 'mallory') WHERE index_ = 0", "entry 0"),
        ("DELETE FROM evidence_ledgerentry WHERE index_ = (SELECT max(index_) FROM evidence_ledgerentry)", "head"),
        ("DELETE FROM evidence_ledgerentry WHERE index_ = 0", "entry 1"),
    ],
    ids=["changed", "cut", "removed"],
)
def test_tampering_with_an_entry_is_found_and_named(design: Design, sql: str, words: str) -> None:
    tamper(sql.replace("index_", '"index"'))
    code, complaint = verified()
    assert (code, words in complaint) == (1, True), complaint


def test_a_changed_or_lost_blob_is_found_and_named(design: Design) -> None:
    row = Artefact.objects.order_by("name").first()
    assert row is not None
    blobs().delete(row.blob)
    code, complaint = verified()
    assert (code, row.name in complaint) == (1, True), complaint


def test_entries_of_one_append_stand_next_to_each_other(design: Design) -> None:
    first = ledger.append("packaged", design, [{"n": 1}, {"n": 2}], at=timezone.now())
    kinds = list(LedgerEntry.objects.order_by("index").values_list("index", "kind"))
    assert kinds[first:] == [(first, "packaged"), (first + 1, "packaged")]
    assert LedgerHead.objects.get().size == first + 2
    assert ledger.faults() == []
