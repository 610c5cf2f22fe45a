"""Drawings: valid SVG, in words too, inside their frame, without ids or styles that a page could not bear."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from seal_advisor.core import diagrams
from seal_advisor.core.diagram_words import SEALS
from seal_advisor.core.drawing import WIDTH, wrap

SVG = "{http://www.w3.org/2000/svg}"
ONE_OPTION: list[tuple[Callable[..., str], Callable[..., tuple[str, ...]]]] = [
    (diagrams.boundary, diagrams.boundary_text),
    (diagrams.start, diagrams.start_text),
    (diagrams.cluster, diagrams.cluster_text),
    (diagrams.terms, diagrams.terms_text),
    (diagrams.troubleshooting, diagrams.troubleshooting_text),
]
ALL = [(draw, text, option) for draw, text in ONE_OPTION for option in SEALS]


@pytest.mark.parametrize(("draw", "text", "option"), ALL, ids=lambda value: getattr(value, "__name__", value))
def test_a_drawing_says_in_words_what_it_shows(
    draw: Callable[..., str], text: Callable[..., tuple[str, ...]], option: str
) -> None:
    root = ElementTree.fromstring(draw(option))
    title, description = root[0], root[1]
    assert (title.tag, description.tag) == (SVG + "title", SVG + "desc")
    assert description.text == " ".join(text(option))
    assert all(sentence.endswith(".") for sentence in text(option))


@pytest.mark.parametrize(("draw", "_text", "option"), ALL, ids=lambda value: getattr(value, "__name__", value))
def test_no_box_and_no_text_leaves_its_frame(draw: Callable[..., str], _text: object, option: str) -> None:
    root = ElementTree.fromstring(draw(option))
    high = float(root.attrib["height"])
    for rect in root.iter(SVG + "rect"):
        x, y, wide, tall = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert x + wide <= WIDTH
        assert y + tall <= high
    assert all(float(text.attrib["y"]) < high for text in root.iter(SVG + "text"))


def test_a_drawing_carries_no_style_no_id_and_no_address() -> None:
    for draw, _, option in ALL:
        assert not re.search(r"style=|<style|\bid=|href|url\(", draw(option))


def test_plain_leaves_no_custom_property() -> None:
    for draw, _, option in ALL:
        assert not re.search(r"var\(|currentColor", diagrams.plain(draw(option)))


def test_an_unknown_option_is_an_error() -> None:
    with pytest.raises(KeyError):
        diagrams.boundary("magic")


def test_the_cloud_kms_is_called_by_its_own_name() -> None:
    assert "Azure Key Vault" in diagrams.boundary("cloud_kms", hosting="azure")
    assert "AWS KMS" in diagrams.start_text("cloud_kms", hosting="aws")[-1]


def test_without_a_second_site_the_loss_is_said() -> None:
    assert "nothing of it remains" in diagrams.cluster("pkcs11", dr="none")


def test_recovery_keys_are_never_called_a_replacement_of_the_seal_key() -> None:
    assert "never replace the seal key" in diagrams.terms("pkcs11")
    assert "There are no recovery keys with Shamir" in diagrams.terms("shamir")


def test_the_decision_shows_each_state_with_shape_and_word() -> None:
    options = [("pkcs11", "HSM", "recommended"), ("cloud_kms", "KMS & co", "excluded"), ("shamir", "Shamir", "open")]
    svg = diagrams.decision(options, {"boundary": "dedicated_hsm"}, titles={"boundary": "Where the key may be"})
    assert "✓ Recommended" in svg
    assert "✕ Excluded" in svg
    assert "KMS &amp; co" in svg
    assert diagrams.decision_text(options, {"boundary": "x"})[0] == "Answers that decided: boundary: x."
    ElementTree.fromstring(svg)


def test_text_from_answers_cannot_break_out_of_the_drawing() -> None:
    svg = diagrams.decision([("a", "<script>", "open")], {"q": '"><image href="file:///etc/passwd"/>'})
    assert [
        element.tag
        for element in ElementTree.fromstring(svg).iter()
        if "script" in element.tag or "image" in element.tag
    ] == []


def test_wrap_keeps_every_word() -> None:
    assert wrap("one two three", 50) == ["one two", "three"]
