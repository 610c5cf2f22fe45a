"""Storage blocks, and the top-level keys whose verdict hangs on the storage."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.core.facts import Problem, Stanza
from evidence.core.server_rules.listener import switch
from evidence.core.server_rules.server import Server, number_of

_VAULT = frozenset(
    {"aerospike", "alicloudoss", "azure", "cassandra", "cockroachdb", "consul", "couchdb", "dynamodb", "etcd", "file"}
    | {"foundationdb", "gcs", "inmem", "inmem_ha", "inmem_transactional", "inmem_transactional_ha", "manta", "mssql"}
    | {"mysql", "oci", "postgresql", "raft", "s3", "spanner", "swift", "zookeeper"}
)
# RAN on 2.7.2: consul, s3 and file answer "unknown storage type".
_OPENBAO = frozenset({"raft", "postgresql", "inmem", "inmem_ha", "inmem_transactional", "inmem_transactional_ha"})
_DOCS = {
    "vault": "https://developer.hashicorp.com/vault/docs/configuration/storage",
    "openbao": "https://openbao.org/docs/configuration/storage/",
}
_FILE_GONE = "https://openbao.org/community/deprecation/"
_MLOCK = "https://developer.hashicorp.com/vault/docs/configuration#disable_mlock"
_MLOCK_BAO = "https://openbao.org/docs/install/#post-installation-hardening"


def storage_problems(root: Stanza, server: Server) -> Iterator[Problem]:
    """Everything the server would say about storage, mlock and clustering."""
    for name in ("storage", "backend", "ha_storage", "ha_backend"):
        blocks = [stanza for stanza in root.stanzas if stanza.kind == name]
        if len(blocks) > 1:
            message = f'only one "{blocks[1].kind}" block is permitted'
            yield Problem("storage_twice", message, blocks[1].line, "refused", "keep one of the two", server.docs)
        for block in blocks:
            yield from _type(block, server)
    storage = [stanza for stanza in root.stanzas if stanza.kind in ("storage", "backend")]
    if not storage and any(stanza.kind == "listener" for stanza in root.stanzas):
        message = "no storage block in this file; the server starts only when another file of its folder has one"
        yield Problem("no_storage", message, 1, "warned", 'add storage "raft" { ... }', server.docs)
    raft = next((block for block in storage if _label(block) == "raft"), None)
    if raft is not None:
        yield from _raft(root, raft, server)
    yield from _mlock(root, raft, server)


def _label(block: Stanza) -> str:
    return (block.label or block.kind).lower()


def _type(block: Stanza, server: Server) -> Iterator[Problem]:
    label = _label(block)
    if server.product == "vault":
        if label not in _VAULT:
            yield Problem(
                "storage_type",
                f"unknown storage type {label}",
                block.line,
                "refused",
                'use storage "raft"',
                _DOCS["vault"],
            )
        return
    if label == "file":
        # An undeclared OpenBao version counts as the current one, which has no file storage any more.
        if server.at_least(2, 7) is not False:
            message = "unknown storage type file: OpenBao 2.7.0 removed the file storage"
            remedy = 'move the data with `bao operator migrate`, then use storage "raft"'
            yield Problem("storage_type", message, block.line, "refused", remedy, _FILE_GONE)
        return
    if label not in _OPENBAO:
        yield Problem(
            "storage_type",
            f"unknown storage type {label}",
            block.line,
            "refused",
            'use storage "raft"',
            _DOCS["openbao"],
        )


def _raft(root: Stanza, raft: Stanza, server: Server) -> Iterator[Problem]:
    source = _DOCS[server.product] + ("raft/" if server.product == "openbao" else "/raft")
    if "path" not in raft.settings:
        message = "'path' must be set: raft storage has no folder for its data"
        yield Problem("raft_path", message, raft.line, "refused", 'write path = "/var/lib/..."', source)
    if switch(root, "disable_clustering"):
        line = root.line_of("disable_clustering")
        message = "disable clustering cannot be set to true when Raft is the storage type"
        yield Problem("raft_clustering", message, line, "refused", "remove disable_clustering", source)
    prefix = "BAO" if server.product == "openbao" else "VAULT"
    for name, what in (
        ("cluster_addr", "cluster address must be set when using raft storage"),
        ("api_addr", "missing API address"),
    ):
        if name not in root.settings and name not in raft.settings:
            message = f"{what}: {name} is not in this file and must come from {prefix}_{name.upper()}"
            yield Problem(f"no_{name}", message, raft.line, "warned", f'write {name} = "https://..."', source)
    for name in ("max_entry_size", "performance_multiplier", "snapshot_threshold", "trailing_logs"):
        setting = raft.settings.get(name)
        if setting is not None and number_of(setting.value) is None:
            message = f"failed to parse '{name}': not a whole number"
            yield Problem("wrong_type", message, setting.line, "refused", f"write {name} with a whole number", source)


def _mlock(root: Stanza, raft: Stanza | None, server: Server) -> Iterator[Problem]:
    setting = root.settings.get("disable_mlock")
    if server.product == "openbao":
        if setting is not None and switch(root, "disable_mlock") is False:
            message = "OpenBao has dropped support for mlock and does not start with disable_mlock = false"
            yield Problem(
                "disable_mlock", message, setting.line, "refused", "remove disable_mlock; switch swap off", _MLOCK_BAO
            )
        return
    if raft is None or setting is not None:
        return
    required = server.at_least(1, 20)
    if required is False:
        return
    message = "disable_mlock must be configured 'true' or 'false': Vault 1.20 and later do not start on raft without it"
    if required is None:
        message += " (the version of this Vault is not declared; 1.19 still starts)"
    effect = "refused" if required else "warned"
    remedy = "write disable_mlock = true and switch swap off, or disable_mlock = false with the IPC_LOCK capability"
    yield Problem("disable_mlock", message, raft.line, effect, remedy, _MLOCK)
