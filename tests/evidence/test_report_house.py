"""The report under house rules, and the report of a decision alone: what stands on its face and at every foot."""

from __future__ import annotations

import re
from typing import Any

from evidence.core import archive, contents
from evidence.core.diff import diff
from evidence.core.facts import Evidence
from tests.evidence import packages

WEAKER = [{"rule": f"R{n:03d}", "what": f"no longer excludes <b>shamir</b> {n}"} for n in range(1, 6)]
HOUSE = {
    "name": "Bank & Sons",
    "version": "3",
    "sha256": "cd" * 32,
    "stricter": [{"rule": "H001", "what": "excludes shamir where clusters: `many`"}],
    "weaker": WEAKER,
}
ALONE: dict[str, Any] = {"judged": False, "results": (), "evidence": Evidence(()), "waivers": (), "attestations": ()}


def html(**changes: Any) -> str:
    return archive.draft(packages.package(**changes), packages.key()).html


def under(house: dict[str, Any] | None) -> str:
    return html(decision={**packages.DECISION, "house": house})


def cover(page: str) -> str:
    return page[page.index('<section class="cover') : page.index('<nav class="contents">')]


def test_a_weaker_house_stands_on_the_first_page_and_at_every_foot() -> None:
    page = under(HOUSE)
    assert "House rules weaker than the release." in cover(page)
    assert "Bank &amp; Sons 3: stricter than the release in 1 place, weaker in 5 places" in cover(page)
    assert "no longer excludes &lt;b&gt;shamir&lt;/b&gt; 3" in cover(page)
    assert "2 further differences in decision.json" in cover(page)
    (foot,) = re.findall(r'<p class="running">(.*?)</p>', page)
    assert foot.endswith(" · House rules of Bank &amp; Sons 3: weaker than the release")
    assert page.count("no longer excludes &lt;b&gt;shamir&lt;/b&gt; 5") == 1  # in the chapter that lists them all


def test_a_house_that_is_only_stricter_is_named_and_warns_of_nothing() -> None:
    page = under({**HOUSE, "weaker": []})
    assert "Bank &amp; Sons 3: stricter than the release in 1 place, weaker in none" in cover(page)
    assert "weaker than the release" not in page
    assert "excludes shamir where clusters: many" in page


def test_without_a_house_nothing_is_said_about_one() -> None:
    digest = re.compile(r"(Manifest SHA-256|Ledger root).*?</p>", re.DOTALL)  # decision.json differs by its key
    assert digest.sub("", under(None)) == digest.sub("", html())
    assert "House rules" not in under(None)


def test_a_decision_alone_shows_no_verdict_at_all() -> None:
    page = html(**ALONE)
    assert "No evidence was judged" in cover(page)
    assert "Seal decision, before any evidence" in cover(page)
    (foot,) = re.findall(r'<p class="running">(.*?)</p>', page)
    assert foot.endswith("No evidence was judged")
    for absent in ('class="tile', 'id="controls"', 'id="findings"', 'id="evidence"', "#controls", "passed", "Pass"):
        assert absent not in page
    for present in ('id="boundary"', 'id="why-not"', 'id="obligations"', 'id="answers"', 'id="verify"'):
        assert present in page


def test_a_decision_alone_holds_no_table_that_could_be_read_as_a_result() -> None:
    paths = {one.path for one in contents.members(packages.package(**ALONE))}
    assert {path.split("/")[0] for path in paths} == {
        "VERIFY.md",
        "SHA256SUMS",
        "decision.json",
        "answers.json",
        "ruleset",
    }


def test_the_files_of_a_house_keep_their_folder() -> None:
    files = {**packages.RULESET, "house/bank.toml": "[house]\n", "../evil.toml": "\n"}
    paths = [one.path for one in contents.members(packages.package(ruleset=files)) if one.kind == "ruleset"]
    assert paths == ["ruleset/evil.toml", "ruleset/house/bank.toml", "ruleset/options.toml", "ruleset/questions.toml"]


def test_the_difference_to_a_package_with_evidence_is_every_control() -> None:
    drafted = archive.draft(packages.package(**ALONE, decision={**packages.DECISION, "house": HOUSE}), packages.key())
    early = packages.repacked(
        **{
            **dict.fromkeys(name for name, _ in packages.built().files if name.startswith(("facts/", "exceptions"))),
            "manifest.json": drafted.manifest,
            **{one.path: one.data for one in drafted.members},
        }
    )
    lines = [change.line for change in diff(early, packages.whole())]
    assert "decision: house rules: Bank & Sons 3, weaker in 5, stricter in 1 -> none" in lines
    assert sum(line.startswith("controls: ") and ": new: " in line for line in lines) == len(packages.RESULTS)
