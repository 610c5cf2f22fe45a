"""Terraform code that declares what the seal stands on: KMS keys, CloudHSM clusters, buckets for logs.

python-hcl2 reads it, within limits that are checked first, because its parser is slow and recursive. Expressions are
never evaluated: an attribute that is computed stays the text `${...}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from evidence.core.facts import Declared, DeclaredResource, Setting, TerraformFacts
from evidence.core.refusal import Refused
from evidence.core.sniff import is_json, is_yaml
from seal_advisor.core.hcl import MAX_BYTES, MAX_DEPTH
from seal_advisor.core.regex import regex

KIND = TerraformFacts.KIND
TITLE = "Terraform code"
FORM = "hcl2"

MAX_TOKENS = 20_000
REMEDY = "hand in the file that declares the key, the HSM cluster or the bucket"
# The types that some control reads; everything else in the code is left alone.
TYPES = frozenset(
    str.split("""
    aws_kms_key aws_kms_alias aws_kms_replica_key aws_kms_key_policy aws_cloudhsm_v2_cluster aws_cloudhsm_v2_hsm
    aws_s3_bucket aws_s3_bucket_object_lock_configuration aws_s3_bucket_versioning
    google_kms_crypto_key azurerm_key_vault azurerm_key_vault_key
    """)
)
_BLOCK = regex(
    r'(?m)^(?:(?:resource|data)[ \t]{1,8}"[^"\n]{1,200}"[ \t]{1,8}"[^"\n]{1,200}"'
    r'|(?:variable|module|provider|output)[ \t]{1,8}"[^"\n]{1,200}"|terraform|locals)[ \t]{0,8}\{'
)
_NOMAD = regex(r'(?m)^(?:job|source|build)[ \t]{1,8}"')
_RESOURCE = regex(r'(?m)^[ \t]{0,16}resource[ \t]{1,8}"([^"\n]{1,200})"[ \t]{1,8}"([^"\n]{1,200})"')
_SETTING = regex(r"(?m)^[ \t]{0,64}\"?([A-Za-z_][\w\-]{0,80})\"?[ \t]{0,32}(?==(?!=)|\{)")
# Comments, strings, brackets, words: what counts towards the limits. Every alternative ends where it began.
_TOKEN = regex(r'#[^\n]*+|//[^\n]*+|/\*(?:[^*]|\*(?!/))*(?:\*/)?|"(?:[^"\\\n]|\\[^\n])*"?|[{}\[\]()]|[\w.\-]++|[^\s\w]')


def matches(head: str) -> bool:
    return not is_json(head) and not is_yaml(head) and bool(_BLOCK.search(head)) and not _NOMAD.search(head)


def parse(text: str, declared: Declared) -> TerraformFacts:
    """The resources of the known types. Raises Refused with one line for code beyond the limits or that is broken."""
    _check(text)
    hcl2, lark = import_module("hcl2"), import_module("lark.exceptions")
    options = hcl2.SerializationOptions(strip_string_quotes=True, with_comments=False, preserve_heredocs=False)
    try:
        document: Mapping[str, Any] = hcl2.loads(text + "\n", serialization_options=options)
    except RecursionError:
        raise Refused("Terraform code with an expression that is too deep to read", REMEDY, status=413) from None
    except lark.LarkError as error:
        line = getattr(error, "line", None)
        reason = "not Terraform code that can be read"
        raise Refused(
            reason, "run `terraform validate`", line if isinstance(line, int) and line > 0 else None
        ) from None
    return TerraformFacts(tuple(_resources(document, text)))


def _check(text: str) -> None:
    if len(text) > MAX_BYTES:
        raise Refused(f"Terraform code of more than {MAX_BYTES // 1024} KiB is not read", REMEDY, status=413)
    depth = 0
    for number, match in enumerate(_TOKEN.finditer(text)):
        piece = match.group()
        depth += (piece in "{[(") - (piece in "}])")
        if depth > MAX_DEPTH or number > MAX_TOKENS:
            line = text.count("\n", 0, match.start()) + 1
            what = (
                f"nested deeper than {MAX_DEPTH} levels" if depth > MAX_DEPTH else f"of more than {MAX_TOKENS:,} tokens"
            )
            raise Refused(f"Terraform code {what}", REMEDY, line, status=413)


def _resources(document: Mapping[str, Any], text: str) -> Iterator[DeclaredResource]:
    places = {match.groups(): match for match in reversed(list(_RESOURCE.finditer(text)))}
    starts = sorted(match.start() for match in places.values())
    for block in document.get("resource", ()):
        for type_, named in block.items():
            if type_ not in TYPES or not isinstance(named, Mapping):
                continue
            for name, body in named.items():
                place = places.get((type_, name))
                if place is None or not isinstance(body, Mapping):
                    continue
                end = next((start for start in starts if start > place.start()), len(text))
                line = text.count("\n", 0, place.start()) + 1
                yield DeclaredResource(type_, name, line, dict(_settings(body, text, place.end(), end)))


def _settings(body: Mapping[str, Any], text: str, start: int, end: int) -> Iterator[tuple[str, Setting]]:
    """The attributes of a block, inner blocks flattened to "rule.default_retention.mode", each with its line."""
    lines: dict[str, int] = {}
    for match in _SETTING.finditer(text, start, end):
        lines.setdefault(match.group(1), text.count("\n", 0, match.start(1)) + 1)
    first = text.count("\n", 0, start) + 1
    pending: list[tuple[tuple[str, ...], Any]] = [((), body)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, Mapping):
            pending += [((*path, key), inner) for key, inner in value.items() if not key.startswith("__")]
        elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            pending += [(path, item) for item in value]
        elif path:
            name = ".".join(path)
            yield name, Setting(name, value, lines.get(path[-1], first), 1, str(value).startswith("[redacted:"))
