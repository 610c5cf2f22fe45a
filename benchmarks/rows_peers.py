"""P3, P4 and P18: the same answers from DuckDB and pymerkle.

P3 leaves redaction out, which DuckDB has nothing like: hash and facts here, a query and a SHA-256 pass there.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

import duckdb
from pymerkle import InmemoryTree

from benchmarks.peak import peak
from benchmarks.ratio import Row
from benchmarks.rows_logs import AUDIT, MB, audit_lines, digest, written
from evidence.core import custody
from evidence.core.facts import AuditLogFacts
from evidence.core.parsers.audit_device import Lines

LEAVES, FEW = 1_000_000, 20_000
BLOCK = 512 * 1024
QUERY = """
    WITH entries AS (
        SELECT "time"::TIMESTAMP AS "time", type, request.id AS id, request.operation AS operation,
               request.path AS path, coalesce(list_contains(auth.policies, 'root'), false) AS root
        FROM read_json(?, format = 'newline_delimited', columns = {
            'time': 'VARCHAR', 'type': 'VARCHAR', 'auth': 'STRUCT(policies VARCHAR[])',
            'request': 'STRUCT(id VARCHAR, operation VARCHAR, path VARCHAR)'})),
    kinds AS (
        SELECT operation || ' ' || split_part(path, '/', 1) AS kind, count(*) AS count
        FROM entries WHERE type <> 'response' GROUP BY 1 ORDER BY 1)
    SELECT (SELECT count(*) FROM entries), (SELECT min("time") FROM entries), (SELECT max("time") FROM entries),
           (SELECT list(kind || '=' || count) FROM kinds), (SELECT count(*) FROM entries WHERE root),
           (SELECT count(*) FROM (SELECT id FROM entries GROUP BY id
                                  HAVING sum(CASE type WHEN 'response' THEN -1 ELSE 1 END) > 0))
"""
Answer = tuple[int, datetime | None, datetime | None, tuple[str, ...], int, int, str]


def facts_alone(path: Path) -> tuple[AuditLogFacts, str]:
    """Every fact of an audit file and its hash, without looking for secrets."""
    reader, digester, number, rest = Lines(), sha256(), 1, b""
    with path.open("rb") as file, ThreadPoolExecutor(1) as second:
        while block := file.read(BLOCK):
            hashed = second.submit(digester.update, block)
            cut = block.rfind(b"\n") + 1
            whole, rest = rest + block[:cut], block[cut:]
            number += reader.read_plain(whole, number)
            hashed.result()
    if rest:
        reader.read_plain(rest, number)
    return reader.facts(), digester.hexdigest()


def ours(path: Path) -> Answer:
    facts, found = facts_alone(path)
    kinds = tuple(f"{kind}={count}" for kind, count in facts.operations.items())
    first, last = (moment and moment.replace(tzinfo=None) for moment in (facts.first, facts.last))
    return facts.records, first, last, kinds, len(facts.root_uses), facts.unpaired, found


def theirs(path: Path) -> Answer:
    row = duckdb.connect().execute(QUERY, [str(path)]).fetchone()
    return (*row[:3], tuple(row[3]), *row[4:], digest(path))


def queried(path: Path) -> None:
    """For the measure of memory: the query alone."""
    duckdb.connect().execute(QUERY, [str(path)]).fetchone()


def same(ours: object, theirs: object) -> None:
    assert ours == theirs, (ours, theirs)


def leaves(count: int) -> list[bytes]:
    return [number.to_bytes(8, "big") for number in range(count)]


def bare(count: int) -> None:
    """As many hashes as the tree has nodes, over as many bytes, and nothing else."""
    left = right = b"\x01" * 32
    for _ in range(count):
        sha256(b"\x00" + left[:8]).digest()
    for _ in range(count):
        sha256(b"\x01" + left + right).digest()


def our_root(count: int) -> bytes:
    return custody.root([custody.leaf_hash(leaf) for leaf in leaves(count)])


def their_root(count: int) -> bytes:
    tree = InmemoryTree(algorithm="sha256")
    for leaf in leaves(count):
        tree.append_entry(leaf)
    return bytes(tree.get_state())


def rows() -> list[Row]:
    @cache
    def audit() -> Path:
        return written("audit.log", AUDIT, audit_lines)

    size = f"{AUDIT // MB} MB"
    return [
        Row("P3", f"audit file of {size}: hash and every fact / DuckDB's query and a SHA pass",
            lambda: ours(audit()), lambda: theirs(audit()), 1.0, same, baseline_name="DuckDB + SHA-256"),
        Row("P4", f"peak memory of P1 at {size} / DuckDB's",
            lambda: peak("benchmarks.rows_logs", "taken", audit()),
            lambda: peak("benchmarks.rows_peers", "queried", audit()), 0.25, baseline_name="DuckDB", amounts=True),
        Row("P18.1", "Merkle tree of 10^6 leaves / 2x10^6 bare hash calls",
            lambda: our_root(LEAVES), lambda: bare(LEAVES), 1.3, baseline_name="SHA-256 calls"),
        Row("P18.2", "Merkle tree of 2x10^4 leaves / pymerkle",
            lambda: our_root(FEW), lambda: their_root(FEW), 1 / 7, same, baseline_name="pymerkle"),
    ]  # fmt: skip
