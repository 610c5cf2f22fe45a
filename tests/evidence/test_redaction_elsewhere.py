"""Secrets where nobody looks first: below a table's heading, escaped in another file, in the name of a file."""

from __future__ import annotations

import io
import json

import pytest

from evidence.core import stream
from evidence.core.columns import columns_of
from evidence.core.facts import Declared
from evidence.core.redaction import redact, safe_name
from evidence.core.refusal import Refused
from evidence.core.stream import intake_stream
from evidence.core.unpacking import Packed, opened
from evidence.core.unpacking.taking import outer_of, take
from evidence.core.upload import intake, intake_all, refused_artefact
from tests.archives import zipped

TOKEN = "hvs.CAESIJrWq0aPlantedTokenPlantedToken42"
PASSWORD = 'Tr0ub"4dor\\&3/plänted'


@pytest.mark.parametrize(
    ("text", "gone", "stays"),
    [
        ("user,password\nbob,hunter2\nann,swordfish\n", ["hunter2", "swordfish"], ["bob", "ann"]),
        ('"user";"Client Secret"\n"bob";"a;b""c"\n"ann";\n', ['a;b""c'], ["bob", "ann"]),
        ("host\tHSM_PIN\tzone\nn1\t4711\ta\nn2\t0815\tb\n", ["4711", "0815"], ["n1", "zone", "\tb"]),
        ("name|api_token|note\nx|abc|multi\ny|def|z\n", ["abc", "def"], ["multi", "name|api_token|note"]),
        ('user,password\nbob,"two\nlines"\nann,last', ["two", "lines", "last"], ["bob", "ann"]),
        ("\ufeffuser,password\r\nbob,hunter2\r\n", ["hunter2"], ["bob"]),
    ],
)
def test_cells_below_a_secret_heading_are_removed(text: str, gone: list[str], stays: list[str]) -> None:
    artefact = intake("export.csv", text.encode())
    kept = artefact.content.decode()
    assert not [word for word in gone if word in kept]
    assert not [word for word in stays if word not in kept]
    assert artefact.content.count(b"\n") == text.count("\n")
    assert {each.what.partition(".")[0] for each in artefact.redactions} == {"column"}


@pytest.mark.parametrize(
    "text",
    [
        "user,key_label\nbob,vault-prod\n",  # a label is no secret
        "user,password\nbob,env://PASSWORD\n",  # a reference neither
        "user,password\nbob,\n",
        "The pin, the token and the rest\nare kept in a safe\n",
        "id,severity,finding\nTLS1,OK,not offered\n",
        "password\nhunter2\n",  # one column is no table
    ],
)
def test_what_is_no_secret_column_stays(text: str) -> None:
    assert redact(text, "text").text == text


def test_a_heading_is_names_throughout_and_the_next_line_has_as_many_cells() -> None:
    assert columns_of("user,password\na,b,c\n") is None
    assert columns_of("user,password,1\na,b,c\n") is None
    found = columns_of('user,"db password"\na,b\n')
    assert found is not None
    assert found.names == {1: "db password"}


def test_a_table_of_many_blocks_loses_the_column_in_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"user{number},{number:05d}planted,berlin\n" for number in range(6000))
    monkeypatch.setattr(stream, "BLOCK", 16 * 1024)
    monkeypatch.setattr(stream, "TEXT_BYTES", 64 * 1024)
    out = io.BytesIO()
    artefact = intake_stream("export.csv", io.BytesIO(f"user,password,town\n{rows}".encode()), out.write)
    assert artefact.spooled
    assert b"planted" not in out.getvalue()
    assert out.getvalue().count(b",berlin\n") == 6000


@pytest.mark.parametrize("piece", ['a,"b', '"",', ",,,,", 'x,"y"z\n', "\r"])
def test_a_hostile_table_costs_its_share(piece: str) -> None:
    text = "user,password\nbob,hunter2\n" + piece * (200_000 // len(piece))
    assert "hunter2" not in redact(text, "text").text


ESCAPED = {
    "json": json.dumps({"note": f"it was {PASSWORD}!"}),
    "json in utf-8": json.dumps({"note": f"it was {PASSWORD}!"}, ensure_ascii=False),
    "json with slashes": json.dumps({"note": f"it was {PASSWORD}!"}).replace("/", "\\/"),
    "xml": "<note>it was Tr0ub&quot;4dor\\&amp;3/plänted!</note>",
    "address": "see https://h/?q=Tr0ub%224dor%5C%263%2Fpl%C3%A4nted now",
}


@pytest.mark.parametrize("form", ESCAPED)
def test_a_known_secret_leaves_other_files_in_every_spelling(form: str) -> None:
    config = f"seal_password = {json.dumps(PASSWORD, ensure_ascii=False)}\n"
    first, other = intake_all(
        [("notes.txt", config.encode(), None), ("other.txt", f"{ESCAPED[form]}\n".encode(), None)]
    )
    assert "known_secret" in [each.what for each in other.redactions]
    for part in ("4dor", "nted"):
        assert part not in other.content.decode()
        assert part not in first.content.decode()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        (f"{TOKEN}.txt", "[redacted:shape:vault_token].txt"),
        (f"token-{TOKEN}", "token-[redacted:shape:vault_token]"),
        ("pin=4711.log", "pin=[redacted:pin]"),
        ("AKIAQ7PLANTEDPLANTED.json", "[redacted:shape:aws_access_key_id].json"),
        ("vault.hcl", "vault.hcl"),
        ("token-rotation-2026.log", "token-rotation-2026.log"),
        ("secret.yaml", "secret.yaml"),
        ("node-1_audit.jsonl.gz", "node-1_audit.jsonl.gz"),
    ],
)
def test_a_name_that_is_a_secret_is_redacted(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert intake(name, b"hello\n").name == safe if not name.endswith((".hcl", ".json")) else True
    assert refused_artefact(name, b"", "why").name == safe


def test_a_name_in_a_refusal_is_redacted() -> None:
    with pytest.raises(Refused) as caught:
        intake(f"a/{TOKEN}", b"x")
    assert TOKEN not in str(caught.value)


def test_the_names_of_members_and_of_their_archive_are_redacted() -> None:
    packed = opened(f"{TOKEN}.zip", io.BytesIO(zipped({f"logs/{TOKEN}.txt": b"hello", f"x/{TOKEN}.bin": b"\x7fELF"})))
    assert isinstance(packed, Packed)
    members = take(packed, Declared(), lambda name, source: intake(name, source.read(1 << 20)))
    outer = outer_of(packed, members, Declared())
    assert TOKEN not in repr((members, outer))
    assert members[0].name == "[redacted:shape:vault_token].zip!logs/[redacted:shape:vault_token].txt"
    assert members[1].kind == "refused"
    bad = opened("a.zip", io.BytesIO(zipped({f"../{TOKEN}": b"x"})))
    assert isinstance(bad, Packed)
    with pytest.raises(Refused) as caught:
        list(bad)
    assert TOKEN not in str(caught.value)
