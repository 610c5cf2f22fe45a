"""The list that stands for an archive once its members were taken in; written by `evidence.core.unpacking.taking`."""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import Declared
from evidence.core.facts.packed import PackedFacts, PackedMember
from evidence.core.key_log import Json, inner, text
from evidence.core.refusal import Refused
from evidence.core.sniff import is_json, top_keys

KIND = PackedFacts.KIND
TITLE = "list of an archive's members"
FORM = "json"


def matches(head: str) -> bool:
    return is_json(head) and '"seal-advisor/archive"' in head and {"format", "layout", "members"} <= top_keys(head)


def parse(text_: str, declared: Declared) -> PackedFacts:
    document = json_text.load(text_)
    members = inner(document, "members")
    if not isinstance(members, list):
        raise Refused("the list of an archive names no members", "hand in the archive itself", 1)
    layout = text(document, "layout") or ""
    return PackedFacts(layout, tuple(_member(each) for each in members if isinstance(each, dict)))


def _member(each: Json) -> PackedMember:
    size = inner(each, "size")
    return PackedMember(
        name=text(each, "name") or "",
        sha256=text(each, "sha256") or "",
        size=size if isinstance(size, int) else 0,
        kind=text(each, "kind") or "",
        error=text(each, "error") or "",
    )
