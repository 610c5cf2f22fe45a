"""What is lost, for how long, and how to recover when a part of the seal is gone.

    losses("cloud_kms", platform="vault_community")   the losses that can happen to this option, each a Loss
    apart("cloud_kms", platform="vault_community")    those that cannot, each with the reason
    recovery_keys(platform="openbao_2_7")             what recovery keys can and cannot do
    document(option, platform, inputs)                all of it and the estimate of `unseal_time`, as JSON

The words are data (`seal_advisor/core/losses/*.toml`), checked by `load`: a loss that says nothing about an option, a
source that nobody wrote down or a mistyped key refuses loudly. The platform chooses the words only (on Vault Enterprise
running nodes depend on their seal); whether an option can run on a platform is the decision's matter.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from seal_advisor.core import losses as own_texts
from seal_advisor.core import ruleset, unseal_chart, unseal_time, words
from seal_advisor.core.record import Record, fields
from seal_advisor.core.ruleset_types import Source
from seal_advisor.core.unseal_inputs import Inputs

OPTIONS = ("pkcs11", "cloud_kms", "shamir", "transit", "multi_seal", "kmip", "static")
ENTERPRISE = ("vault_enterprise", "vault_enterprise_hsm")
PLATFORMS = ("vault_community", *ENTERPRISE, "openbao_2_6", "openbao_2_7", "hcp_vault")
SERVE = {"yes": "keep serving", "partly": "serve in part", "no": "stop serving"}
RESTART = {"yes": "possible", "degraded": "possible, with one failure less to spare", "no": "not possible"}
DATA = {"none": "none", "until_recovered": "until recovered", "for_ever": "for ever"}
HCP = """HashiCorp operates the seal and holds the recovery keys of HCP Vault Dedicated: you can neither lose nor \
restore them. Ask HashiCorp what it does."""

Table = dict[str, Any]
_CASE = {
    "options", "running", "restart", "restart_text", "data", "data_text", "otherwise", "otherwise_when", "lasts",
    "recover", "recover_enterprise", "sources",
}  # fmt: skip
_KEYS = {
    "loss": {"title", "order", "gone"},
    "apart": {"options", "reason"},
    "running": {"serve", "text", "serve_enterprise", "text_enterprise", "sources"},
    "recovery": {"title", "condition", "can", "cannot", "conclusion", "sources"},
    "source": {"title", "address", "read"},
}


class BlastError(Exception):
    """The data cannot be used, or an option or platform is unknown; the text names the file or the nearest word."""


class Loss(Record):
    """One loss for one option. serve, restart and data are words of SERVE, RESTART and DATA, the texts say why.

    otherwise: what becomes of the data when `otherwise_when` holds; both "" where there is no such case.
    recover: steps in order.
    """

    id: str
    title: str
    gone: str
    serve: str
    serve_text: str
    restart: str
    restart_text: str
    data: str
    data_text: str
    otherwise: str
    otherwise_when: str
    lasts: str
    recover: tuple[str, ...]
    sources: tuple[Source, ...]


class Apart(Record):
    """A loss that cannot happen to an option, and why."""

    id: str
    title: str
    reason: str


class RecoveryKeys(Record):
    """What recovery keys can and cannot do, under which condition."""

    title: str
    condition: str
    can: tuple[str, ...]
    cannot: tuple[str, ...]
    conclusion: str
    sources: tuple[Source, ...]


class Book(Record):
    """The checked data. losses: in order; each maps every option to its case or to the reason why it cannot happen."""

    losses: tuple[tuple[str, Table, Mapping[str, Table | str]], ...]
    running: Mapping[str, Table]
    recovery: Table
    sources: Mapping[str, Source]


def losses(option_id: str, *, platform: str | None) -> tuple[Loss, ...]:
    """The losses that can happen to the option, in a fixed order. platform: None = not answered.

    Raises BlastError for an unknown option or platform.
    """
    _known(option_id, platform)
    book = _present()
    if platform == "hcp_vault":
        return ()
    return tuple(
        _loss(book, name, head, case, platform)
        for name, head, of_option in book.losses
        if not isinstance(case := of_option[option_id], str)
    )


def apart(option_id: str, *, platform: str | None) -> tuple[Apart, ...]:
    """The losses that cannot happen to the option, each with the reason. Raises BlastError like `losses`."""
    _known(option_id, platform)
    found = []
    for name, head, of_option in _present().losses:
        case = HCP if platform == "hcp_vault" else of_option[option_id]
        if isinstance(case, str):
            found.append(Apart(name, head["title"], case))
    return tuple(found)


def recovery_keys(*, platform: str | None) -> RecoveryKeys:
    """The same words for every option, since that is the point of them."""
    _known(OPTIONS[0], platform)
    book = _present()
    said = book.recovery
    return RecoveryKeys(
        said["title"],
        said["condition"],
        tuple(said["can"]),
        tuple(said["cannot"]),
        said["conclusion"],
        _sources(book, said["sources"]),
    )


def document(option_id: str, platform: str | None, inputs: Inputs) -> dict[str, Any]:
    """Losses, recovery keys and the estimated time to unseal of one option, as JSON.

    {"option", "platform", "losses": [...], "apart": [...], "recovery_keys": {...}, "unseal_time": {...}}. Every number
    of the estimate is rounded; `unseal_time.svg` draws it. Raises BlastError.
    """
    shown = [
        {
            **{name: getattr(loss, name) for name in fields(Loss) if name not in ("recover", "sources")},
            "recover": list(loss.recover),
            "sources": _as_json(loss.sources),
        }
        for loss in losses(option_id, platform=platform)
    ]
    keys = recovery_keys(platform=platform)
    return {
        "option": option_id,
        "platform": platform,
        "losses": shown,
        "apart": [
            {"id": one.id, "title": one.title, "reason": one.reason} for one in apart(option_id, platform=platform)
        ],
        "recovery_keys": {
            "title": keys.title,
            "condition": keys.condition,
            "can": list(keys.can),
            "cannot": list(keys.cannot),
            "conclusion": keys.conclusion,
            "sources": _as_json(keys.sources),
        },
        "unseal_time": {
            **unseal_time.document(option_id, inputs),
            "svg": unseal_chart.chart(option_id, inputs),
        },
    }


def text(option_id: str, platform: str | None) -> str:
    """The losses of one option for a terminal, one paragraph each, with the recovery keys at the end."""
    lines: list[str] = []
    for loss in losses(option_id, platform=platform):
        lines += [
            f"{loss.title}. {loss.gone}",
            f"  Running nodes {SERVE[loss.serve]}: {loss.serve_text}",
            f"  Restart {RESTART[loss.restart]}: {loss.restart_text}",
            f"  Data lost: {DATA[loss.data]}. {loss.data_text}",
        ]
        if loss.otherwise:
            lines.append(f"  Data lost: {DATA[loss.otherwise]}, if {loss.otherwise_when}.")
        lines.append(f"  How long: {loss.lasts}")
        lines += [f"  {number}. {step}" for number, step in enumerate(loss.recover, 1)]
        lines += [*(f"  Source: {source}" for source in loss.sources), ""]
    cannot = apart(option_id, platform=platform)
    lines += ["Cannot happen:", *(f"  {one.title}: {one.reason}" for one in cannot), ""] if cannot else []
    keys = recovery_keys(platform=platform)
    lines += [
        f"{keys.title}.",
        *(f"  They can {one}." for one in keys.can),
        f"  {keys.condition}",
        *(f"  They cannot {one}." for one in keys.cannot),
        f"  {keys.conclusion}",
    ]
    return "\n".join(lines)


# --- data -> Book -----------------------------------------------------------------------------------------------------


def load(files: Mapping[str, str], more_sources: str = "") -> Book:
    """The TOML texts (file name -> text), checked. more_sources: a TOML text of further [source.ID] tables.

    Raises BlastError, naming file and table, for a word it does not know, an option that a loss does not cover or
    covers twice, a source that is missing, stands twice, or (of the texts' own) is never used.
    """
    tables = {name: _toml(name, one) for name, one in sorted(files.items())}
    own = {id_: _source(id_, table) for one in tables.values() for id_, table in one.get("source", {}).items()}
    lent = {id_: _source(id_, table) for id_, table in _toml("more sources", more_sources).get("source", {}).items()}
    for id_ in own.keys() & lent.keys():
        raise BlastError(f"source {id_} stands twice")
    running = {id_: table for one in tables.values() for id_, table in one.get("running", {}).items()}
    recovery = [one["recovery"] for one in tables.values() if "recovery" in one]
    found = []
    for name, one in tables.items():
        if "loss" in one:
            id_ = name.removesuffix(".toml")
            found.append((id_, one["loss"], _cover(name, one, running)))
    if len(recovery) != 1:
        raise BlastError(f"[recovery] stands {len(recovery)} times; it must stand once")
    orders = [head["order"] for _, head, _ in found]
    if len(set(orders)) < len(orders):
        raise BlastError(f"[loss] order stands twice: {sorted(orders)}")
    book = Book(tuple(sorted(found, key=lambda one: one[1]["order"])), running, recovery[0], {**lent, **own})
    _check_use(book, own, running)
    return book


@lru_cache(maxsize=1)
def _present() -> Book:
    return load(own_texts.texts(), ruleset.current()["sources.toml"])


def _toml(name: str, content: str) -> Table:
    try:
        document_ = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise BlastError(f"{name}: {error}") from None
    words.keys(document_, {"case", *_KEYS}, name, BlastError)
    for kind, allowed in _KEYS.items():
        for where, table in _tables(kind, document_.get(kind, {})):
            words.keys(table, allowed, f"{name}: {where}", BlastError)
            optional = {"serve_enterprise", "text_enterprise"}
            _complete(table, allowed - optional, f"{name}: {where}")
    for number, case in enumerate(document_.get("case", []), 1):
        where = f"{name}: case {number}"
        words.keys(case, _CASE, where, BlastError)
        _complete(case, _CASE - {"otherwise", "otherwise_when", "recover_enterprise"}, where)
        words.known(case["restart"], RESTART, f"{where}: no restart", BlastError)
        for key in {"data", "otherwise"} & case.keys():
            words.known(case[key], DATA, f"{where}: no {key}", BlastError)
        if ("otherwise" in case) != ("otherwise_when" in case):
            raise BlastError(f"{where}: 'otherwise' and 'otherwise_when' belong together")
    return document_


def _tables(kind: str, content: Any) -> Iterator[tuple[str, Table]]:
    """The tables of a kind, each with its name: [loss], [[apart]], [source.ID], [running.ID]."""
    if isinstance(content, list):
        yield from ((f"{kind} {number}", table) for number, table in enumerate(content, 1))
    elif kind in ("source", "running"):
        yield from ((f"{kind} {id_}", table) for id_, table in content.items())
    elif content:
        yield kind, content


def _complete(table: Table, needed: set[str], where: str) -> None:
    for key in sorted(needed):
        if not table.get(key):
            raise BlastError(f"{where}: '{key}' is missing or empty")


def _cover(name: str, one: Table, running: Mapping[str, Table]) -> Mapping[str, Table | str]:
    """Option -> its case, or the reason why the loss cannot happen to it. Each option exactly once."""
    found: dict[str, Table | str] = {}
    for table in (*one.get("case", []), *one.get("apart", [])):
        if "running" in table:
            words.known(table["running"], running, f"{name}: no running", BlastError)
        for option in table["options"]:
            words.known(option, OPTIONS, f"{name}: no option", BlastError)
            if option in found:
                raise BlastError(f"{name}: option {option} stands twice")
            found[option] = table.get("reason", table)
    missing = [option for option in OPTIONS if option not in found]
    if missing:
        raise BlastError(f"{name}: says nothing about {', '.join(missing)}")
    return found


def _check_use(book: Book, own: Mapping[str, Source], running: Mapping[str, Table]) -> None:
    """Every source that is named exists; every own source and every running text is used."""
    cases = [case for _, _, of_option in book.losses for case in of_option.values() if not isinstance(case, str)]
    named = {id_ for table in (*cases, *running.values(), book.recovery) for id_ in table["sources"]}
    for id_ in sorted(named):
        words.known(id_, book.sources, "no source", BlastError)
    idle = sorted((own.keys() - named) | (running.keys() - {case["running"] for case in cases}))
    if idle:
        raise BlastError(f"never used: {', '.join(idle)}")


def _source(id_: str, table: Table) -> Source:
    if not str(table["address"]).startswith("https://") or type(table["read"]) is not date:
        raise BlastError(f"source {id_}: needs an https address and the day it was read")
    return Source(id_, table["title"], table["address"], table["read"])


def _known(option_id: str, platform: str | None) -> None:
    words.known(option_id, OPTIONS, "no option", BlastError)
    if platform is not None:
        words.known(platform, PLATFORMS, "no platform", BlastError)


def _loss(book: Book, name: str, head: Table, case: Table, platform: str | None) -> Loss:
    running = book.running[case["running"]]
    enterprise = platform in ENTERPRISE
    serve, serve_text = running["serve"], running["text"]
    if enterprise and "text_enterprise" in running:
        serve, serve_text = running["serve_enterprise"], running["text_enterprise"]
    elif platform is None and "text_enterprise" in running:
        serve_text = f"{running['text']} On Vault Enterprise: {running['text_enterprise']}"
    more = case.get("recover_enterprise", []) if enterprise or platform is None else []
    steps = [*case["recover"], *(step if enterprise else f"On Vault Enterprise: {step}" for step in more)]
    command = "bao" if platform is not None and platform.startswith("openbao") else "vault"
    named = list(dict.fromkeys([*case["sources"], *running["sources"]]))
    return Loss(
        id=name,
        title=head["title"],
        gone=head["gone"],
        serve=serve,
        serve_text=serve_text,
        restart=case["restart"],
        restart_text=case["restart_text"],
        data=case["data"],
        data_text=case["data_text"],
        otherwise=case.get("otherwise", ""),
        otherwise_when=case.get("otherwise_when", ""),
        lasts=case["lasts"],
        recover=tuple(step.replace("{bin}", command) for step in steps),
        sources=_sources(book, named),
    )


def _sources(book: Book, ids: list[str]) -> tuple[Source, ...]:
    return tuple(book.sources[id_] for id_ in ids)


def _as_json(sources: tuple[Source, ...]) -> list[dict[str, str]]:
    return [{"id": one.id, "title": one.title, "address": one.address, "read": one.read.isoformat()} for one in sources]
