"""Second opinions on the reader: the real `bao operator validate-config`, and python-hcl2 where it reads rightly."""

from __future__ import annotations

from pathlib import Path

import hcl2
import pytest
from hcl2 import SerializationOptions

from seal_advisor.core import hcl
from seal_advisor.core.hcl import HclError
from tests import bao

CONFIGS = sorted((Path(__file__).parents[1] / "data/samples/conf").glob("*.hcl"))

# What each file is refused for here and by OpenBao, or read by both. The templates are the exception, on purpose.
TEXTS = [
    "ui = true,\nlog_level = 'x'\n",
    'ui = true,\nlog_level = "info",\n',
    'listener "tcp"\n{\n address = "127.0.0.1:1"\n}\n',
    '"api_addr" = "x"\n',
    "cache_size = 1\n, ui = true\n",
    "cache_size = 1,, ui = true\n",
    "cache_size = 1\n,, ui = true\n",
    "telemetry {}, ui = true\n",
    "telemetry {},, ui = true\n",
    ", ui = true\n",
    'api_addr = "x" ui = true // both on one line\n',
    "cache_size = 0x10\n",
    "cache_size = 010\n",
    "ui = null\n",
    "ui = 1 + 1\n",
    "api_addr = x\n",
    'api_addr : "x"\n',
    "/* unterminated\n",
    'api_addr = "a\nb"\n',
    'api_addr = "\\q"\n',
    "api_addr = <<EOF\nx\nEOF\n",
    "api_addr = <<-EOF\n  x\n  EOF\n",
    "api_addr = <<-EOF\nx\nEOF\n",
    "api_addr = <<EOF\nx\nEOF",
    "foo bar\n",
    "a b = 1\n",
    "a = [1 2]\n",
    "a = [1,,2,]\n",
    "a = [[1] [2]]\n",
    "a {\n",
    "a }\n",
    "= 1\n",
    "api_addr =",
    "\ufeffui = true\n",
    "ui = true\x00\n",
    '{"ui": true, "listener": [{"tcp": {"address": "127.0.0.1:1"}}]}',
    '{"ui": true, "ui": false}',
    '{"ui": tru}',
    '{"ui": true,}',
    '{"ui": true "cache_size": 1}',
    '{"ui": true,, "cache_size": 1}',
    '{"api_addr": "a\\/b"}',
    '{"listener": [{"tcp": {"address": "127.0.0.1:1"}},]}',
    '\n  {"storage": {"raft": {"path": "/x"}}}',
    'listener "tcp" { tls_disable = true tls_disable = false }\n',
    "",
    "# nothing but a comment",
]


def reads(text: str) -> bool:
    try:
        hcl.read(text, product="openbao")
    except HclError:
        return False
    return True


@pytest.mark.parametrize("text", TEXTS)
def test_what_openbao_can_parse_is_read_and_nothing_else(text: str, tmp_path: Path) -> None:
    file = tmp_path / "bao.hcl"
    file.write_bytes(text.encode())
    code, words = bao.validate(file)
    assert reads(text) == (code != bao.REFUSED), words


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_values_agree_with_python_hcl2(file: Path) -> None:
    text = file.read_text()
    options = SerializationOptions(strip_string_quotes=True, with_comments=False, preserve_heredocs=False)
    theirs = hcl2.loads(text, serialization_options=options)
    assert _hcl2(theirs) == _ours(hcl.read(text, product="openbao"))


def _ours(body: hcl.Body) -> list[tuple[str, object]]:
    """Every value as (path, value), sorted: a form in which both readers' trees can be compared."""
    found: list[tuple[str, object]] = []
    for item in body.items:
        path = ".".join(item.keys)
        if isinstance(item.value, hcl.Body):
            found += [(f"{path}.{inner}", value) for inner, value in _ours(item.value)]
        else:
            found.append((path, hcl.plain(item.value)))
    return sorted(found, key=str)


def _hcl2(tree: object, path: str = "") -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key.startswith("__"):
                continue
            inner = f"{path}.{key}".lstrip(".")
            found += _hcl2(value, inner)
    elif isinstance(tree, list) and tree and isinstance(tree[0], dict):
        for each in tree:
            found += _hcl2(each, path)
    else:
        found.append((path, tree))
    return sorted(found, key=str)
