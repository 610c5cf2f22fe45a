"""What only grows: held by the database, and tampering behind its back is found and named."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from evidence import ledger, ledger_check, services
from evidence.core import custody
from evidence.models import Artefact, LedgerEntry, LedgerHead
from evidence.register import FIXED
from evidence.register import services as register
from evidence.register.models import Exclusion
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
        ("UPDATE evidence_ledgerentry SET kind = 'parsed' WHERE kind = 'redacted'", "its kind was changed to parsed"),
        ("UPDATE evidence_ledgerentry SET design_id = NULL WHERE kind = 'received'", "moved to another design"),
        ("DELETE FROM evidence_ledgerentry WHERE index_ = (SELECT max(index_) FROM evidence_ledgerentry)", "head"),
        ("DELETE FROM evidence_ledgerentry WHERE index_ = 0", "entry 1"),
    ],
    ids=["changed", "its kind", "its design", "cut", "removed"],
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
    assert ledger_check.faults() == []


def test_two_entries_that_changed_places_are_found_where_the_first_stands(design: Design) -> None:
    """Whole rows exchanged, hashes and all: only the order is wrong, and the roots say where it begins."""
    first, second = LedgerEntry.objects.filter(kind="received").order_by("index").values_list("index", flat=True)
    tamper(f'UPDATE evidence_ledgerentry SET "index" = 1000000 WHERE "index" = {first}')
    tamper(f'UPDATE evidence_ledgerentry SET "index" = {first} WHERE "index" = {second}')
    tamper(f'UPDATE evidence_ledgerentry SET "index" = {second} WHERE "index" = 1000000')
    code, complaint = verified()
    assert code == 1
    assert f"entry {first}: the ledger up to it is not what it was" in complaint
    assert complaint.count("up to it is not what it was") == 1


def test_a_ledger_that_was_written_anew_from_an_entry_on_no_longer_fits_its_head(design: Design) -> None:
    """Text, leaf hash and root of the last entry made to fit each other; only the head still knows."""
    last = LedgerEntry.objects.latest("index")
    text = last.entry.replace("a", "b", 1)
    leaf = custody.leaf_hash(text.encode())
    root = custody.root([*ledger.leaves(last.index), leaf])
    allow_change(connection, "evidence_ledgerentry")
    LedgerEntry.objects.filter(pk=last.pk).update(entry=text, leaf_hash=leaf.hex(), root=root.hex())
    forbid_change(connection, "evidence_ledgerentry")
    code, complaint = verified()
    assert (code, "the head says" in complaint) == (1, True), complaint


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "innocent.hcl"}, "name was changed; the ledger says"),
        ({"uploader_label": "mallory"}, "uploader was changed; the ledger says alice"),
        ({"facts": {}}, "facts_sha256 was changed"),
        ({"redactions": []}, "redactions was changed"),
        ({"kind": "opaque"}, "artefact_kind was changed; the ledger says vault_config"),
        ({"node": "elsewhere"}, "node was changed"),
    ],
)
def test_a_row_that_says_something_else_than_its_receipt_is_found_and_named(
    design: Design, change: dict[str, object], words: str
) -> None:
    row = Artefact.objects.earliest("name")
    Artefact.objects.filter(pk=row.pk).update(**change)
    code, complaint = verified()
    assert (code, f"artefact {row.pk}" in complaint, words in complaint) == (1, True, True), complaint


def test_a_row_that_is_gone_without_a_tombstone_is_named(design: Design) -> None:
    row = Artefact.objects.earliest("name")
    Artefact.objects.filter(pk=row.pk).delete()
    code, complaint = verified()
    assert (code, f"{row.pk} (other.hcl): its row is gone" in complaint) == (1, True), complaint


def test_a_statement_that_was_changed_behind_the_databases_back_is_named(design: Design) -> None:
    said = {"control": "C-CM-02", "reason": "r", "by": "v", "on": timezone.now().date()}
    made = register.enter(Exclusion, design, actor=Actor(design.author), said=said)
    assert verified() == (0, "")
    allow_change(connection, "evidence_exclusion")
    Exclusion.objects.update(by="mallory")
    forbid_change(connection, "evidence_exclusion", FIXED["evidence_exclusion"])
    code, complaint = verified()
    assert (code, f"exclusion {made.pk}: by was changed; the ledger says v" in complaint) == (1, True), complaint


def test_a_receipt_is_three_leaves_side_by_side_and_the_original_stands_in_the_first_only(design: Design) -> None:
    row = Artefact.objects.earliest("received_at")
    about = [one for one in LedgerEntry.objects.order_by("index") if str(row.pk) in one.entry]
    assert [one.kind for one in about] == ["received", "redacted", "parsed"]
    assert [one.index for one in about] == list(range(about[0].index, about[0].index + 3))
    assert [row.sha256 in one.entry for one in about] == [True, False, False]
    assert '"stored_sha256":' in about[1].entry
    assert '"facts_sha256":' in about[2].entry


def test_every_earlier_ledger_is_proved_to_be_the_beginning_of_this_one(design: Design) -> None:
    known = ledger.leaves()
    roots = list(LedgerEntry.objects.order_by("index").values_list("root", flat=True))
    whole = custody.root(known)
    for size in range(1, len(known) + 1):
        earlier = bytes.fromhex(roots[size - 1])
        assert earlier == custody.root(known[:size])
        assert custody.consistent(size, earlier, len(known), whole, custody.consistency(known, size))


def test_the_api_proves_that_the_ledger_only_grew(design: Design) -> None:
    client = APIClient()
    client.force_login(design.author, backend="django.contrib.auth.backends.ModelBackend")
    size = LedgerEntry.objects.count()
    for first in (1, 3, size):
        said = client.get(f"/api/v1/ledger/consistency/?first={first}").json()
        steps = [bytes.fromhex(one) for one in said["consistency"]]
        old, new = bytes.fromhex(said["first_root"]), bytes.fromhex(said["root"])
        assert custody.consistent(first, old, size, new, steps)
    for wrong in ("", "0", str(size + 1), "x", "-1"):
        assert client.get(f"/api/v1/ledger/consistency/?first={wrong}").status_code == 422
