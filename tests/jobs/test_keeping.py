"""The export of one organisation holds all of it and nothing of another; the witness remembers what the ledger was."""

from __future__ import annotations

import json
import tarfile
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from evidence import services
from evidence.core import custody
from evidence.keeping import export, witness
from evidence.keeping.tables import kept, referred
from evidence.models import Artefact, LedgerEntry
from seal_advisor.access import Actor
from seal_advisor.models import Organisation
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _blobs(tmp_path: Path, settings: object) -> None:
    of_test = {"BACKEND": "evidence.storage.BlobFiles", "OPTIONS": {"location": str(tmp_path / "blobs")}}
    settings.STORAGES = {**settings.STORAGES, "blobs": of_test}  # type: ignore[attr-defined]


def filled(house: str, name: str, data: bytes) -> Organisation:
    organisation = factories.OrganisationFactory(name=house)
    person = factories.member(f"architect of {house}", "architect", organisation)
    design = factories.design(person, organisation)
    services.receive_evidence(design, actor=Actor(person), name=name, data=data)
    factories.token(person)
    return organisation


def test_an_export_holds_one_organisation_and_nothing_of_another() -> None:
    bank = filled("Bank", "vault.hcl", factories.VAULT_HCL)
    filled("Other house", "other.hcl", factories.VAULT_HCL.replace(b"vault-key", b"other-key"))
    file = BytesIO()
    about = export.write(file, bank)
    file.seek(0)
    with tarfile.open(fileobj=file) as tar:
        members = {each.name: tar.extractfile(each).read() for each in tar.getmembers()}  # type: ignore[union-attr]
    whole = b"".join(members.values())
    assert b"vault.hcl" in whole
    assert b"vault-key" in whole
    assert b"Other house" not in whole
    assert b"other-key" not in whole
    assert (about["blobs"], about["rows"]["evidence.artefact"]) == (1, 1)
    assert about["rows"]["evidence.ledgerentry"] == LedgerEntry.objects.filter(organisation=bank).count() > 0
    assert about["people"] == [{"name": "architect of Bank", "role": "architect"}]
    assert b"pbkdf2" not in whole
    assert not {"rows/seal_advisor.user.jsonl", "rows/seal_advisor.apitoken.jsonl"} & set(members)


def test_every_table_stands_after_those_that_its_rows_cannot_do_without() -> None:
    order = kept()
    late = [
        (one, other) for at, one in enumerate(order) for other in referred(one, needed=True) if other in order[at + 1 :]
    ]
    assert late == []


def test_an_unknown_organisation_is_named_with_those_there_are(tmp_path: Path) -> None:
    factories.OrganisationFactory(name="Bank")
    with pytest.raises(CommandError, match="no organisation 'Bnk'; there are Bank"):
        call_command("export_organisation", "Bnk", str(tmp_path / "x.tar"))


def test_a_witness_accepts_growth_and_names_a_ledger_that_was_written_anew(tmp_path: Path) -> None:
    filled("Bank", "vault.hcl", factories.VAULT_HCL)
    file = tmp_path / "witness.jsonl"
    first = witness.attest(file)
    services.receive_evidence(
        Artefact.objects.get().design,
        actor=Actor(factories.member("alice", "architect")),
        name="a.log",
        data=b"a line\n",
    )
    assert witness.attest(file)["size"] > first["size"] > 0
    assert json.loads(file.read_text().splitlines()[0])["size"] == first["size"]
    _written_anew()
    with pytest.raises(witness.WitnessError, match=f"line 1: the first {first['size']} entries are not those of"):
        witness.attest(file)


def test_a_witness_names_a_ledger_that_was_cut(tmp_path: Path) -> None:
    filled("Bank", "vault.hcl", factories.VAULT_HCL)
    file = tmp_path / "witness.jsonl"
    size = witness.attest(file)["size"]
    _behind_the_triggers(f'DELETE FROM evidence_ledgerentry WHERE "index" = {size - 1}')
    with pytest.raises(witness.WitnessError, match=f"the ledger had {size} entries; now it has fewer"):
        witness.attest(file)


def test_a_file_that_is_no_witness_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("groceries\n")
    with pytest.raises(CommandError, match="line 1 is no head of a ledger"):
        call_command("witness_ledger", str(file))
    assert file.read_text() == "groceries\n"


def _written_anew() -> None:
    """What somebody with the database's password does who knows how the leaves are made."""
    first = LedgerEntry.objects.order_by("index")[0]
    entry = first.entry.replace("}", ',"x":1}', 1)
    leaf = custody.leaf_hash(entry.encode()).hex()
    _behind_the_triggers('UPDATE evidence_ledgerentry SET entry = %s, leaf_hash = %s WHERE "index" = 0', [entry, leaf])


def _behind_the_triggers(statement: str, values: list[str] | None = None) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            names = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'evidence_ledgerentry'"
            for (name,) in cursor.execute(names).fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute("ALTER TABLE evidence_ledgerentry DISABLE TRIGGER USER")
        cursor.execute(statement, values or [])
