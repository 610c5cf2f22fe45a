"""Japanese: the catalogue is whole and compiled, pages speak it, the switch works without a script."""

from __future__ import annotations

import ast
import gettext
import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from seal_advisor.models import Design
from tests.web.pages import OF_A_DESIGN, address, sentence, text, tree

ROOT = Path(__file__).resolve().parent.parent.parent
CATALOGUE = ROOT / "locale/ja/LC_MESSAGES/django.po"
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
TAG = re.compile(r"""\{% translate (?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
SPEAKING = ("seal_advisor/views", "seal_advisor/sign_in", "evidence/views", "evidence/meetings", "evidence/register")
NEWER_THAN_THE_CATALOGUE = 20  # texts that may wait for `.ci/messages` and a translator


def entries() -> dict[str, str]:
    """msgid -> msgstr."""
    found = {}
    for block in CATALOGUE.read_text("utf-8").split("\n\n")[1:]:
        said = dict(re.findall(r'^(msgid|msgstr(?:\[0\])?) (".*")$', block, re.MULTILINE))
        found[ast.literal_eval(said["msgid"])] = ast.literal_eval(said.get("msgstr") or said["msgstr[0]"])
    return found


def marked() -> Iterator[str]:
    """Every text that code and templates mark for translation."""
    for path in (ROOT / "templates").rglob("*.html"):
        for double, single in TAG.findall(path.read_text("utf-8")):
            yield re.sub(r"\\(.)", r"\1", double or single)
    for folder in SPEAKING:
        for path in (ROOT / folder).rglob("*.py"):
            yield from _calls(ast.parse(path.read_text("utf-8")))


def _calls(module: ast.AST) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield first.value


def test_every_entry_of_the_catalogue_is_translated_and_keeps_its_figures() -> None:
    catalogue = entries()
    assert len(catalogue) > 1000
    assert [said for said, ja in catalogue.items() if not ja] == []
    names = re.compile(r"%\((\w+)\)[sd]")
    # English has a verb of two forms there, Japanese has none.
    invented = {said: ja for said, ja in catalogue.items() if set(names.findall(ja)) - set(names.findall(said))}
    assert invented == {}


def test_what_code_and_templates_say_stands_in_the_catalogue() -> None:
    missing = sorted(set(marked()) - set(entries()))
    assert len(missing) <= NEWER_THAN_THE_CATALOGUE, f"run .ci/messages and translate: {missing}"


def test_the_compiled_catalogue_is_made_from_this_one() -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    plural = {said for said in entries() if compiled.gettext(said) == said}
    wrong = {said for said, ja in entries().items() if compiled.gettext(said) != ja and said not in plural}
    assert wrong == set()
    assert compiled.ngettext("file", "files", 2) == "ファイル"


def words_of_the_rules() -> list[str]:
    """What `.ci/messages` takes from the rules and the controls, which no extractor reads."""
    words: list[str] = runpy.run_path(str(ROOT / ".ci/messages"))["words"]()
    return words


def test_every_question_help_option_reason_and_control_is_translated() -> None:
    catalogue, words = entries(), words_of_the_rules()
    assert len(words) > 450
    assert [said for said in words if not catalogue.get(said)] == []
    sentences = [said for said in words if said.endswith((".", "?"))]
    assert [said for said in sentences if not JAPANESE.search(catalogue[said])] == []


def test_helps_and_reasons_are_japanese_where_they_stand(web: Client, design: Design) -> None:
    japanese = {"Accept-Language": "ja"}
    assert "自社の HSM から決して出ない" in text(web.get(address(design), headers=japanese))
    assert "鍵は専有の HSM の中にしか存在できません" in text(web.get(address(design, "decision/"), headers=japanese))
    for part, said in (("questions", "無償のビルド"), ("options", "リカバリー鍵だけです"), ("controls", "シール鍵")):
        assert said in text(web.get(f"/help/{part}/", headers=japanese)), part


def test_what_is_kept_and_signed_stays_english_and_the_page_says_so(web: Client, design: Design) -> None:
    japanese = {"Accept-Language": "ja"}
    assert "保管し署名するものは一つの言語で記します" in text(web.get(address(design, "controls/"), headers=japanese))
    assert "one language" not in text(web.get(address(design, "controls/")))
    decision = web.get(f"/api/v1/designs/{design.pk}/decision/", headers=japanese)
    assert not JAPANESE.search(decision.content.decode())


@pytest.mark.parametrize("part", OF_A_DESIGN)
def test_a_page_speaks_japanese_to_who_asks_for_it(web: Client, design: Design, part: str) -> None:
    page = web.get(address(design, part), headers={"Accept-Language": "ja"})
    assert tree(page).get("lang") == "ja"
    assert JAPANESE.search(tree(page).xpath("string(//main)"))


def test_questions_answers_options_and_the_decision_are_japanese(web: Client, design: Design) -> None:
    japanese = {"Accept-Language": "ja"}
    assert "シール鍵が平文で存在してよい場所はどこですか?" in text(web.get(address(design), headers=japanese))
    decision = web.get(address(design, "decision/"), headers=japanese)
    assert sentence(decision) == "シール鍵を HSM に置き、Vault は PKCS#11 経由でシールを解除します。"
    controls = text(web.get(address(design, "controls/"), headers=japanese))
    assert "リスナーは TLS 1.2 以上だけを使う" in controls
    assert "未証明" in controls


def test_the_switch_changes_the_language_and_comes_back(web: Client, design: Design) -> None:
    answer = web.post("/language/", {"language": "ja", "next": address(design)}, follow=True)
    assert answer.redirect_chain[-1][0] == address(design)
    assert tree(answer).get("lang") == "ja"
    web.post("/language/", {"language": "en", "next": "/"})
    assert tree(web.get("/")).get("lang") == "en"


def test_english_stays_what_is_written(web: Client, design: Design) -> None:
    assert tree(web.get(address(design))).get("lang") == "en"
    assert not JAPANESE.search(text(web.get(address(design))).replace("日本語", ""))
