"""A server configuration -> the answers that it implies, each with its line and the reason. Nothing is guessed.

    prefill(text) -> Prefill(answers, left_open)

An answer stands here only where the file leaves no second reading: a cloud seal does not say where the servers run, an
HSM's library does not say how many HSMs there are, and no file says what an auditor demands. What is close to an answer
is listed as left open, so that a person can give it. Values of secrets are never read.
"""

from __future__ import annotations

from collections.abc import Iterator

from seal_advisor.core import hcl
from seal_advisor.core.record import Record
from seal_advisor.core.regex import regex
from seal_advisor.core.seals import SEALS

# What only one of the two products reads. SOURCE: developer.hashicorp.com/vault/docs/configuration;
# openbao.org/docs/configuration and openbao/openbao internal/command/server/config.go.
ONLY_VAULT = frozenset(
    {"license_path", "license", "enable_multiseal", "entropy", "kms_library", "reporting", "sentinel"}
)
ONLY_OPENBAO = frozenset({"audit", "plugin", "initialize", "plugin_auto_download", "plugin_auto_register"})
STORAGE_VAULT = frozenset(
    {"consul", "s3", "dynamodb", "etcd", "gcs", "azure", "mysql", "mssql", "cassandra", "zookeeper", "spanner", "swift"}
)
# Built into OpenBao 2.7; every other seal is a plugin there.
BUILT_IN_2_7 = frozenset({"shamir", "static", "transit", "kmip"})
TODAY = frozenset({"shamir", "cloud_kms", "pkcs11", "transit"})
# go-discover's names of providers. SOURCE: hashicorp/go-discover README.
PROVIDERS = {"aws": "aws", "azure": "azure", "gce": "gcp", "aliyun": "alibaba", "vsphere": "on_premises"}
_PROVIDER = regex(r"\bprovider[ ]?=[ ]?\"?([a-z0-9]+)")
_PRIVATE_NAMES = (
    (regex(r"://[\w.\-]{1,200}\.(?:ec2|compute)\.internal\b"), "aws", "a private DNS name of EC2"),
    (
        regex(r"://[\w\-]{1,63}(?:\.[\w\-]{1,63})?\.c\.[\w\-]{1,63}\.internal\b"),
        "gcp",
        "a DNS name of Compute Engine",
    ),
)


class Implied(Record):
    """One answer. line: where the file says it. reason: one clause; it never holds a value that could be a secret."""

    question: str
    value: str
    line: int
    reason: str


class LeftOpen(Record):
    """A question that the file touches and does not answer. value is for people to give."""

    question: str
    line: int
    reason: str


class Prefill(Record):
    """answers: at most one for each question. left_open: what to look up next."""

    answers: tuple[Implied, ...]
    left_open: tuple[LeftOpen, ...]

    def document(self, ruleset: str) -> dict[str, object]:
        """An answers file for this version of the ruleset; where each answer comes from stands in its note."""
        notes = {each.question: f"taken from line {each.line}: {each.reason}" for each in self.answers}
        notes.update({each.question: f"left open, see line {each.line}: {each.reason}" for each in self.left_open})
        answers = {each.question: each.value for each in self.answers}
        return {"ruleset": ruleset, "answers": answers, "unsure": [], "notes": notes}


def prefill(text: str) -> Prefill:
    """What a configuration implies. text: HCL or JSON. Raises HclError for text that the server does not read."""
    body = hcl.read(text, product="openbao")
    found = [*_platform(body), *_today(body), *_hosting(body), *_services(body)]
    answers: dict[str, Implied] = {}
    disputed: dict[str, LeftOpen] = {}
    for each in found:
        if isinstance(each, LeftOpen):
            disputed.setdefault(each.question, each)
        elif each.question in answers and answers[each.question].value != each.value:
            first = answers[each.question]
            reason = f"line {first.line} says {first.value}, line {each.line} says {each.value}"
            disputed[each.question] = LeftOpen(each.question, each.line, reason)
        else:
            answers.setdefault(each.question, each)
    kept = tuple(each for question, each in answers.items() if question not in disputed)
    return Prefill(kept, tuple(disputed.values()))


def _blocks(body: hcl.Body, *names: str) -> list[tuple[hcl.Item, hcl.Body]]:
    found = []
    for item in body.items:
        if item.name in names and isinstance(item.value, hcl.Body):
            found.append((item, item.value))
    return found


def _named(item: hcl.Item) -> str:
    """The setting or block as it is spoken of: `license_path`, `seal "static"`."""
    return f'{item.name} "{item.labels[0]}"' if item.labels else item.name


def _label(item: hcl.Item) -> str:
    return item.labels[0].lower() if item.labels else ""


def _text(body: hcl.Body, name: str) -> str:
    value = body.value(name)
    return str(value.value) if isinstance(value, hcl.Literal) else ""


def _on(body: hcl.Body, name: str) -> bool:
    return _text(body, name).lower() in ("true", "1", "t")


def _line(body: hcl.Body, name: str, fallback: int) -> int:
    return next((item.line for item in body.items if item.name == name), fallback)


def _platform(body: hcl.Body) -> Iterator[Implied | LeftOpen]:
    """The build, where a key or a seal exists in one build only."""
    vault = next((item for item in body.items if item.name in ONLY_VAULT), None)
    openbao = next((item for item in body.items if item.name in ONLY_OPENBAO), None)
    seals, storage = _blocks(body, "seal"), _blocks(body, "storage", "backend")
    for item, inner in seals:
        kind = SEALS.get(_label(item))
        platforms = kind.platforms if kind else {}
        if platforms and not any(name.startswith("vault") for name in platforms):
            openbao = openbao or item
        if _label(item) == "pkcs11" and kind:
            only = kind.known("vault") - kind.known("openbao")
            vault = vault or next((setting for setting in inner.items if setting.name in only), None)
    vault = vault or next((item for item, _ in storage if _label(item) in STORAGE_VAULT), None)
    if vault is not None and openbao is not None:
        reason = f"{_named(vault)} is Vault's and {_named(openbao)} (line {openbao.line}) is OpenBao's"
        yield LeftOpen("platform", vault.line, reason)
    elif vault is not None:
        yield from _vault(vault, seals)
    elif openbao is not None:
        yield from _openbao(openbao, body, seals, storage)
    elif any(_label(item) == "pkcs11" for item, _ in seals):
        line = next(item.line for item, _ in seals if _label(item) == "pkcs11")
        yield LeftOpen("platform", line, "the PKCS#11 seal needs Vault's Enterprise HSM build, or OpenBao")


def _vault(mark: hcl.Item, seals: list[tuple[hcl.Item, hcl.Body]]) -> Iterator[Implied | LeftOpen]:
    hsm = next((item for item, _ in seals if _label(item) == "pkcs11"), None)
    if hsm is not None:
        reason = f"{_named(mark)} is Vault's, and only its HSM build has the PKCS#11 seal"
        yield Implied("platform", "vault_enterprise_hsm", hsm.line, reason)
    elif mark.name in ("license_path", "license"):
        yield LeftOpen("platform", mark.line, "a licence means Vault Enterprise; the file does not say which build")
    else:
        yield LeftOpen("platform", mark.line, f"{_named(mark)} is Vault's; the file does not say which build")


def _openbao(
    mark: hcl.Item,
    body: hcl.Body,
    seals: list[tuple[hcl.Item, hcl.Body]],
    storage: list[tuple[hcl.Item, hcl.Body]],
) -> Iterator[Implied | LeftOpen]:
    plugins = {item.labels[1].lower() for item, _ in _blocks(body, "plugin") if len(item.labels) == 2}
    for item, _ in seals:
        if _label(item) in SEALS and _label(item) not in BUILT_IN_2_7 | plugins:
            reason = f"{_named(mark)} is OpenBao's, and 2.7 has no built-in {_label(item)} seal"
            yield Implied("platform", "openbao_2_6", item.line, reason)
            return
    for item, _ in storage:
        if _label(item) == "file":
            reason = f"{_named(mark)} is OpenBao's, and 2.7 has no file storage"
            yield Implied("platform", "openbao_2_6", item.line, reason)
            return
    yield LeftOpen("platform", mark.line, f"{_named(mark)} is OpenBao's; the file does not say whether 2.6 or 2.7")


def _today(body: hcl.Body) -> Iterator[Implied | LeftOpen]:
    """Today's seal, from which any other decision would migrate."""
    seals = _blocks(body, "seal")
    old = [item for item, inner in seals if _on(inner, "disabled")]
    live = [item for item, inner in seals if not _on(inner, "disabled")]
    if not seals:
        if _blocks(body, "storage", "backend") and _blocks(body, "listener"):
            yield Implied(
                "migrating_from", "shamir", 1, "no seal block: people unseal, unless the environment names a seal"
            )
        return
    if len(live) > 1 or len(old) > 1:
        yield LeftOpen("migrating_from", seals[0][0].line, "more than one seal is in use")
        return
    item = old[0] if old else live[0]
    kind = SEALS.get(_label(item))
    if kind is None or kind.option not in TODAY:
        yield LeftOpen("migrating_from", item.line, f'seal "{_label(item)}" is none that the question names')
        return
    words = "is the disabled source of a migration" if old else "is the live seal"
    yield Implied("migrating_from", kind.option, item.line, f'seal "{_label(item)}" {words}')


def _hosting(body: hcl.Body) -> Iterator[Implied | LeftOpen]:
    """Where the servers run, where the file names the provider's own discovery or private names."""
    for _, storage in _blocks(body, "storage", "backend"):
        for item, inner in _blocks(storage, "retry_join"):
            provider = _PROVIDER.search(_text(inner, "auto_join"))
            if provider and provider.group(1) in PROVIDERS:
                line = _line(inner, "auto_join", item.line)
                reason = f"retry_join finds its peers through provider={provider.group(1)}"
                yield Implied("hosting", PROVIDERS[provider.group(1)], line, reason)
    for name in ("api_addr", "cluster_addr"):
        for pattern, hosting, what in _PRIVATE_NAMES:
            if pattern.search(_text(body, name)):
                yield Implied("hosting", hosting, _line(body, name, 1), f"{name} is {what}")


def _services(body: hcl.Body) -> Iterator[Implied | LeftOpen]:
    """What the seal stands on, and whether seal wrap is off."""
    for item, inner in _blocks(body, "seal"):
        kind = SEALS.get(_label(item))
        if kind is None:
            continue
        if kind.option == "cloud_kms" and "managedhsm." in _text(inner, "resource"):
            line = _line(inner, "resource", item.line)
            yield Implied("kms", "hsm_keys", line, "the key is in an Azure Managed HSM")
        elif kind.option == "cloud_kms":
            yield LeftOpen("kms", item.line, f"{kind.title} is in use; the file does not say what guards its keys")
        elif kind.option == "pkcs11":
            yield LeftOpen("hsm", item.line, "an HSM is in use; the file does not say whether it is one or a cluster")
    if _on(body, "disable_sealwrap"):
        yield Implied("seal_wrap", "not_needed", _line(body, "disable_sealwrap", 1), "disable_sealwrap is on")
