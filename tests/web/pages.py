"""Reading a page in a test: its text, its elements, its addresses."""

from __future__ import annotations

from django.http import HttpResponse
from lxml import html

from seal_advisor.models import Design

OF_A_DESIGN = (
    "", "answers/file/", "compare/", "decision/", "evidence/", "controls/", "packages/", "review/", "revisions/",
    "register/", "frameworks/", "frameworks/soc_2/", "collect-plan/", "coverage/", "upkeep/",
)  # fmt: skip


def address(design: Design, part: str = "") -> str:
    return f"/designs/{design.pk}/{part}"


def tree(response: HttpResponse) -> html.HtmlElement:
    return html.fromstring(response.content.decode())


def text(response: HttpResponse) -> str:
    """Everything that can be read, with single spaces."""
    return " ".join(tree(response).text_content().split())


def sentence(response: HttpResponse) -> str:
    return " ".join(tree(response).xpath("//h1")[0].text_content().split())
