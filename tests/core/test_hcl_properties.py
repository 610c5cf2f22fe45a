"""Properties of the reader and the writer over generated trees and generated rubbish."""

from __future__ import annotations

import re
import string
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seal_advisor.core import hcl
from seal_advisor.core.hcl import Body, HclError, Item, Literal, Node, Sequence

_NAMES = st.one_of(
    st.text(string.ascii_lowercase + "_", min_size=1, max_size=8),
    st.text(max_size=6),
    st.just("true"),
    st.just("a.b-c"),
)
_SCALARS = st.one_of(
    st.text(max_size=20),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.sampled_from(["${x}", "{{ y }}", "%{z}", "\x00", "a\nb", '"', "\\", "\ue123", "\ufeff"]),
).map(Literal)


def _body(values: st.SearchStrategy[Node]) -> st.SearchStrategy[Body]:
    attribute = st.builds(lambda name, value: Item((name,), value, True), _NAMES, values)
    block = st.builds(
        lambda keys, items: Item(tuple(keys), Body(tuple(items)), False),
        st.lists(_NAMES, min_size=1, max_size=3),
        st.lists(attribute, max_size=3, unique_by=lambda item: item.name),
    )
    return st.lists(st.one_of(attribute, block), max_size=6, unique_by=lambda i: i.name if i.assigned else id(i)).map(
        lambda items: Body(tuple(items))
    )


_VALUES: st.SearchStrategy[Node] = st.deferred(
    lambda: st.one_of(_SCALARS, _SCALARS, st.lists(_VALUES, max_size=3).map(lambda n: Sequence(tuple(n))), _BODIES)
)
_BODIES = _body(_VALUES)


@settings(max_examples=150, deadline=None)
@given(_BODIES)
def test_what_was_written_reads_back_the_same(body: Body) -> None:
    text = hcl.write(body)
    assert hcl.read(text) == body
    assert hcl.write(hcl.read(text)) == text


def refusal(read: Callable[[], object]) -> HclError | None:
    """The reader's error; any other exception is a crash and fails the test."""
    try:
        read()
    except HclError as error:
        return error
    return None


_PIECES = [
    "a",
    "b = 1",
    '"x"',
    "{",
    "}",
    "[",
    "]",
    ",",
    "=",
    "<<E\n",
    "E\n",
    "\n",
    "#",
    "/*",
    "*/",
    "0x1",
    "-",
    ".",
    ":",
    "\\",
]


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(_PIECES), max_size=40).map(" ".join)))
def test_rubbish_is_read_or_refused_and_never_crashes(text: str) -> None:
    error = refusal(lambda: hcl.read(text))
    if error is not None:
        assert 1 <= error.line <= text.count("\n") + 1
        assert error.column >= 1
        assert error.remedy


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    error = refusal(lambda: hcl.decode(data))
    assert error is not None or hcl.decode(data).encode() == data


def shape(node: Node) -> object:
    """A tree with every place in it, which equality leaves out."""
    if isinstance(node, Literal):
        return node.value, node.line, node.column
    if isinstance(node, Sequence):
        return [shape(each) for each in node.items], node.line, node.column
    items = [(item.keys, item.assigned, item.line, item.column, shape(item.value)) for item in node.items]
    return items, node.line, node.column, node.remarks


def outcome(text: str) -> object:
    try:
        return shape(hcl.read(text, product="openbao"))
    except HclError as error:
        return error.message, error.line, error.column, error.remedy


_LINES = [
    "a = 1", 'b = "x"', "c = true,", "d = [", 'd = ["x", 1]', "e = {", "e = [{", "f {", 'g "h" {', "i = {{", "i = {%",
    "}", "]", "],", "},", "# c", "/* c */", "a =", "= 1", "j = [ # c", "", "  ", "\t", '"k" = {', "l = <<E\nx\nE", "x",
    "1,",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(_LINES), max_size=14), st.sampled_from(["\n", " ", "\n  "]))
def test_a_line_in_one_match_means_what_its_tokens_mean(lines: list[str], between: str) -> None:
    text = between.join(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hcl, "_LINE", re.compile(r"(?!)"))
        by_token = outcome(text)
    assert outcome(text) == by_token
