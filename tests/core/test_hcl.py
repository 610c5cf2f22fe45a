"""The config reader: HCL 1 and JSON as Vault and OpenBao read them, with places, limits and one clear error."""

from __future__ import annotations

import contextlib
import time

import pytest

from seal_advisor.core import hcl
from seal_advisor.core.hcl import Body, HclError, Item, Literal, Sequence


def value(text: str) -> object:
    """The plain value of `x` in a file of one setting."""
    node = hcl.read(f"x = {text}\n").value("x")
    assert node is not None
    return hcl.plain(node)


def refused(text: str, product: str = "vault") -> HclError:
    with pytest.raises(HclError) as caught:
        hcl.read(text, product=product)
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"text"', "text"),
        (r'"a\nb\t\"\\\x41\101B"', 'a\nb\t"\\AAB'),
        (r'"\xc3\xa4"', "ä"),
        ("0x1085", 0x1085),
        ("-0x1F", -31),
        ("0640", 0o640),
        ("-7", -7),
        ("1.5", 1.5),
        ("1.5e3", 1500.0),
        ("1E-3", 0.001),
        (".5", 0.5),
        ("1.", 1.0),
        ("true", True),
        ("false", False),
        ("[]", []),
        ('["a", "b",]', ["a", "b"]),
        ("[1,,2]", [1, 2]),
        ("[[1] [2], {a = 1}]", [[1], [2], {"a": 1}]),
        ("{ a = 1, b = 2 c = 3 }", {"a": 1, "b": 2, "c": 3}),
        ("<<EOF\nhi\nthere\nEOF", "hi\nthere\n"),
        ("<<EOF\nhi\n  EOF", "hi\n  "),
        ("<<-EOF\n  hi\n    there\n  EOF", "hi\n  there\n"),
        ("<<-EOF\n hi\n   there\n  EOF", " hi\n   there\n"),
        ("<<EOF\nEOF", ""),
        ('\n"on the next line"', "on the next line"),
    ],
)
def test_a_value_means_what_hcl_1_says(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("comment", ["# c", "// c", "/* c */", "/* c\n * d */"])
def test_every_style_of_comment_is_skipped(comment: str) -> None:
    assert hcl.read(f"{comment}\nx = 1 {comment}\ny = [ {comment}\n1 ]") == hcl.read("x = 1\ny = [1]")


def test_repeated_blocks_stay_apart_and_in_order() -> None:
    body = hcl.read('listener "tcp" { address = "a" }\nlistener "tcp" { address = "b" }')
    assert [hcl.plain(item.value) for item in body.named("listener")] == [{"address": "a"}, {"address": "b"}]


@pytest.mark.parametrize("text", ['listener "tcp"\n{ x = 1 }', "listener tcp { x = 1 }", '"listener" "tcp" { x = 1, }'])
def test_a_label_may_stand_bare_or_before_a_new_line(text: str) -> None:
    assert hcl.read(text) == Body((Item(("listener", "tcp"), Body((Item(("x",), Literal(1), True),)), False),))


def test_every_value_carries_its_line_and_column() -> None:
    body = hcl.read('# head\nseal "pkcs11" {\n  slot = "0"\n  list = [1,\n    "ä", 2]\n}\n')
    seal = body.items[0]
    assert isinstance(seal.value, Body)
    slot, several = seal.value.items
    assert (seal.line, seal.column) == (2, 1)
    assert (slot.line, slot.column, slot.value.line, slot.value.column) == (3, 3, 3, 10)
    assert isinstance(several.value, Sequence)
    assert [(node.line, node.column) for node in several.value.items] == [(4, 11), (5, 5), (5, 10)]


def test_windows_line_ends_do_not_move_a_line() -> None:
    assert hcl.read('x = "a"\r\ny = 1\r\n').items[1].line == 2


def test_a_repeated_attribute_is_refused_for_vault_at_the_second_and_noted_for_openbao() -> None:
    text = 'listener "tcp" {\n  address = "a"\n  address = "b"\n}\n'
    error = refused(text)
    assert error.message == 'The argument "address" at 3:3 was already set. Each argument can only be defined once'
    assert error.line == 3
    body = hcl.read(text, product="openbao")
    assert [(remark.code, remark.line) for remark in body.remarks] == [("duplicate", 3)]
    assert isinstance(body.items[0].value, Body)
    assert body.items[0].value.value("address") == Literal("b")


def test_the_same_name_in_two_blocks_is_no_repetition() -> None:
    assert not hcl.read('a "x" { n = 1 }\na "y" { n = 1 }').remarks


@pytest.mark.parametrize(
    "text",
    [
        '{"listener": {"tcp": {"address": "a"}}}',
        '{"listener": [{"tcp": {"address": "a"}}]}',
        '{"listener": [{"tcp": [{"address": "a"}]}]}',
        ' \n{"listener": {"tcp": [{"address": "a"}]}}\n',
    ],
)
def test_every_json_spelling_of_a_block_is_the_hcl_block(text: str) -> None:
    assert hcl.read(text) == hcl.read('listener "tcp" { address = "a" }')


def test_json_keeps_repeated_blocks_inner_blocks_and_two_labels() -> None:
    text = """{"listener": [{"tcp": {"address": "a", "telemetry": {"metrics_only": true}}}, {"tcp": {"address": "b"}}],
      "storage": {"raft": {"path": "/d", "retry_join": [{"leader_api_addr": "x"}, {"leader_api_addr": "y"}]}},
      "audit": [{"file": {"to-file": {"options": {"file_path": "stdout"}}}}],
      "telemetry": {"prometheus_retention_time": "24h"}, "cache_size": 10, "ui": null}"""
    assert hcl.read(text) == hcl.read(
        """listener "tcp" {
             address = "a"
             telemetry { metrics_only = true }
           }
           listener "tcp" { address = "b" }
           storage "raft" {
             path = "/d"
             retry_join { leader_api_addr = "x" }
             retry_join { leader_api_addr = "y" }
           }
           audit "file" "to-file" { options { file_path = "stdout" } }
           telemetry { prometheus_retention_time = "24h" }
           cache_size = 10
           ui = "" """
    )


def test_json_sees_a_repeated_key_and_its_place() -> None:
    text = '{\n "seal": {"awskms": {\n  "region": "a",\n  "region": "b"}}}'
    assert refused(text).line == 4
    assert [(remark.line, remark.column) for remark in hcl.read(text, product="openbao").remarks] == [(4, 3)]
    with_blocks = '{"listener": {"tcp": {"address": "a"}}, "listener": {"tcp": {"address": "b"}}}'
    assert len(hcl.read(with_blocks).items) == 2


def test_json_values_have_places_and_types() -> None:
    body = hcl.read('{"a": "x\\u00e4\\ud83d\\ude00",\n "b": [1, -2.5, false, {"c": "d"}]}')
    assert hcl.plain(body) == {"a": "xä😀", "b": [1, -2.5, False, {"c": "d"}]}
    assert (body.items[1].line, body.items[1].column, body.items[1].value.line) == (2, 2, 2)


@pytest.mark.parametrize(
    ("text", "words", "line", "column"),
    [
        ("\ufeffui = true", "byte order mark", 1, 1),
        ("ui = true\nx = \x00", "null character", 2, 5),
        ('x = "a', "literal not terminated", 1, 5),
        ('x = "a\nb"', "literal not terminated", 1, 5),
        ("x = 1\n/* never closed", "comment not terminated", 2, 1),
        ("x = <<EOF\nnever\nclosed", "heredoc not terminated", 1, 5),
        ("x = << EOF\nx\nEOF\n", "invalid heredoc", 1, 5),
        ('x = "\\q"', "illegal char escape \\q", 1, 6),
        ('x = "\\xff"', "UTF-8", 1, 5),
        ("x = 0x", "illegal hexadecimal number", 1, 5),
        ("x = 089", "octal", 1, 5),
        ("x = 99999999999999999999", "64 bits", 1, 5),
        ("x = " + "9" * 5000, "64 bits", 1, 5),
        ("x = 1e999", "out of range", 1, 5),
        ("x = null", "unknown value 'null'", 1, 5),
        ("x = env(1)", "unknown value 'env'", 1, 5),
        ("x = other", "unknown value 'other'", 1, 5),
        ("x = [1 2]", "comma", 1, 8),
        ("x = [a]", "in a list", 1, 6),
        ("x 'y' {}", "illegal char", 1, 3),
        ("x : 1", "illegal char", 1, 3),
        ("x", "expected start of object", 1, 2),
        ('x "y" = 1', "cannot be assigned", 1, 7),
        ("= 1", "expected a name", 1, 1),
        ("}", "expected a name", 1, 1),
        ("a {\n x = 1\n", "ends inside the block opened at line 1", 3, 1),
        ("a = [1,\n", "ends inside the list opened at line 1", 2, 1),
        ("{", "the JSON ends too early", 1, 2),
        ('{"a": 1} x', "not JSON from here on", 1, 10),
        ('{"a": 1,,}', "unexpected ','", 1, 9),
        ('{"a": "\\ud83d"}', "half a character", 1, 7),
        ('{"a": "x\\/y"}', "not JSON", 1, 7),
        ('{"a": tru}', "not JSON", 1, 7),
        ('{"a" 1}', "unexpected '1'", 1, 6),
    ],
)
def test_what_the_servers_refuse_is_refused_with_its_place(text: str, words: str, line: int, column: int) -> None:
    error = refused(text, "openbao")
    assert words in error.message
    assert (error.line, error.column) == (line, column)


@pytest.mark.parametrize(
    "text",
    [
        "x = {{ .Values.x }}",
        'x = "{{ vault_addr }}"',
        "{% if x %}",
        "{{- if .x }}",
        "x = 1\n{{- if .x }}",
        'x = "${VAULT_ADDR}"',
        "x = ${VAULT_ADDR}",
        'x = "%{ if a }"',
        "x = <<EOF\n${PIN}\nEOF\n",
        '{"x": "${PIN}"}',
    ],
)
def test_an_unrendered_template_is_refused_with_the_remedy(text: str) -> None:
    error = refused(text)
    assert "template" in error.message
    assert "as it stands on the server" in error.remedy


def test_the_servers_own_address_template_is_no_unrendered_template() -> None:
    text = 'api_addr = "https://{{ GetPrivateIP }}:8200"'
    assert hcl.read(text).value("api_addr") == Literal("https://{{ GetPrivateIP }}:8200")


def test_template_marks_in_a_comment_do_not_matter() -> None:
    assert hcl.read("# {{ x }} ${y}\nx = 1").value("x") == Literal(1)


def test_bytes_that_are_no_utf_8_are_refused_with_their_place() -> None:
    with pytest.raises(HclError) as caught:
        hcl.decode(b'ui = true\nx = "\xc3\xa4\xff"')
    assert (caught.value.line, caught.value.column) == (2, 7)
    assert "0xff" in caught.value.message
    assert hcl.decode("x = 'ä'".encode()) == "x = 'ä'"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# " + "x" * hcl.MAX_BYTES, "262,144"),
        ("# " + "ä" * (hcl.MAX_BYTES // 2), "262,144"),
        ("a { " * (hcl.MAX_DEPTH + 1), "nested deeper"),
        ("a { " * 500 + "}" * 500, "nested deeper"),
        ("a = " + "[" * (hcl.MAX_DEPTH + 1), "nested deeper"),
        ('{"a": ' * 1000, "nested deeper"),
        ("a = [" + "1," * hcl.MAX_TOKENS + "]", "20,000 tokens"),
        ('{"a": [' + "1," * hcl.MAX_TOKENS + "1]}", "20,000 tokens"),
    ],
)
def test_beyond_a_limit_the_reader_stops(text: str, words: str) -> None:
    assert words in refused(text, "openbao").message


def test_the_limits_themselves_are_still_read() -> None:
    deep = "a { " * hcl.MAX_DEPTH + "}" * hcl.MAX_DEPTH
    assert hcl.read(deep).items
    assert len(hcl.read("# " + "x" * (hcl.MAX_BYTES - 2)).items) == 0


def test_a_name_without_a_value_at_the_end_is_dropped_as_the_server_does_but_noted() -> None:
    body = hcl.read("ui = true\napi_addr =")
    assert [item.name for item in body.items] == ["ui"]
    assert [(remark.code, remark.line) for remark in body.remarks] == [("dangling", 2)]


@pytest.mark.parametrize(
    "piece",
    ['"', '"\\', "/*", "<<A\n", "\\", "a{", "[", "{", '{"a":', "a=", '"${', "# x\n", "1e", "\n", '{"a":"\\"', "0x"],
)
def test_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    """Time at 160 KB is at most about four times that at 40 KB, plus what a busy machine adds."""

    def cost(size: int) -> float:
        text = piece * (size // len(piece))
        best = 9.0
        for _ in range(3):
            start = time.process_time()
            with contextlib.suppress(HclError):
                hcl.read(text)
            best = min(best, time.process_time() - start)
        return best

    assert cost(160_000) <= 10 * cost(40_000) + 0.02
