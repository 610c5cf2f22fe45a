"""What every page keeps: strict content security, one heading, its language, vendored files as they were published."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from django.template.loader import get_template
from django.test import Client, override_settings

from seal_advisor.models import Design
from tests.web.pages import OF_A_DESIGN, address, text, tree

ROOT = Path(__file__).parent.parent.parent
VENDOR = sorted(path for path in (ROOT / "static/vendor").iterdir() if path.is_dir())
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SPRITE = (ROOT / "static/vendor/lucide-static-1.62.0/sprite.svg").read_text(encoding="utf-8")
ICONS = set(re.findall(r'<symbol id="([a-z0-9-]+)"', SPRITE))


@pytest.fixture(params=["/", "/sign-in/", "/verify/", "/nothing/", *(f"design:{part}" for part in OF_A_DESIGN)])
def page(request: pytest.FixtureRequest, web: Client, design: Design) -> object:
    part: str = request.param
    return web.get(address(design, part.removeprefix("design:")) if part.startswith("design:") else part, follow=True)


def test_nothing_inline_that_a_strict_policy_would_block(page: object) -> None:
    root = tree(page)
    assert not root.xpath("//style | //script[not(@src)]")
    assert not root.xpath("//@style")
    assert not [name for element in root.iter() for name in element.attrib if re.match(r"on[a-z]+$", str(name))]
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]


def test_a_page_has_its_language_a_title_one_heading_and_a_way_past_the_bar(page: object) -> None:
    root = tree(page)
    assert root.get("lang") == "en"
    assert root.xpath("normalize-space(//title)").endswith("– Seal Advisor")
    assert len(root.xpath("//h1")) == 1
    assert root.xpath("//a[@class='skip'][@href='#content']")
    assert root.xpath("//main[@id='content']")


def test_ids_on_a_page_are_unique(page: object) -> None:
    ids = tree(page).xpath("//@id")
    assert sorted(ids) == sorted(set(ids))


def test_an_address_that_does_not_exist_is_a_page_that_leads_back(web: Client) -> None:
    response = web.get("/nothing/")
    assert response.status_code == 404
    assert "There is nothing at this address." in text(response)


def test_the_page_of_our_own_mistakes_needs_no_database() -> None:
    with override_settings(DEBUG=False):
        assert "Something broke on our side." in get_template("500.html").render()


@pytest.mark.parametrize("folder", VENDOR, ids=lambda folder: folder.name)
def test_vendored_files_are_what_was_published_and_carry_their_licence(folder: Path) -> None:
    listed = dict(
        reversed(line.split("  ", 1)) for line in (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    )
    present = {path.name for path in folder.iterdir()} - {"SHA256SUMS"}
    assert set(listed) == present
    assert "LICENSE" in present
    assert {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in present} == listed


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_an_icon_that_a_template_names_is_in_the_sprite(template: Path) -> None:
    named = set(re.findall(r'{% icon "([a-z0-9-]+)" %}', template.read_text(encoding="utf-8")))
    assert named <= ICONS


def test_an_icon_that_a_mark_names_is_in_the_sprite() -> None:
    folders = ("seal_advisor/views", "evidence/views", "evidence/meetings")
    views = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    mark = re.compile(r'Mark\((?:\w+\()?"[^"]+"\)?, "([a-z0-9-]+)"')
    named = {icon for path in views for icon in mark.findall(path.read_text("utf-8"))}
    assert named
    assert named <= ICONS
