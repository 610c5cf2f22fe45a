"""The tags that every page uses: an icon from the one sprite, the style sheets in their order, the current page."""

from __future__ import annotations

import json

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from seal_advisor import __version__

register = template.Library()

SPRITE = "vendor/lucide-static-1.62.0/sprite.svg"
SCALES = ("slate", "indigo", "green", "amber", "red")
SHEETS = ("tokens", "base", "layout", "components", "pages", "meeting", "print")
DARK = "screen and (prefers-color-scheme: dark)"


@register.simple_tag
def icon(name: str) -> SafeString:
    """A symbol of the sprite, hidden from screen readers: it always stands beside a word.

    >>> icon("flag").startswith('<svg class="icon" aria-hidden="true"')
    True
    """
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false" width="18" height="18"><use href="{}#{}"></use></svg>',
        static(SPRITE),
        name,
    )


@register.simple_tag
def stylesheets() -> SafeString:
    """The colour scales, the dark ones only where the reader prefers dark, then our sheets in their order."""
    scale = "vendor/radix-colors-3.0.0/{}.css"
    light = [(static(scale.format(name)), "all") for name in SCALES]
    dark = [(static(scale.format(f"{name}-dark")), DARK) for name in SCALES]
    own = [(static(f"css/{name}.css"), "all") for name in SHEETS]
    return format_html_join("\n    ", '<link rel="stylesheet" href="{}" media="{}">', [*light, *dark, *own])


@register.simple_tag(takes_context=True)
def current(context: Context, route: str) -> SafeString:
    """`aria-current` on the link to the page that is shown."""
    match = getattr(context.get("request"), "resolver_match", None)
    return SafeString(' aria-current="page"' if match and match.url_name == route else "")


@register.simple_tag
def version() -> str:
    return __version__


@register.filter
def as_json(value: object) -> str:
    """A value for an attribute that a script reads; the template escapes it."""
    return json.dumps(value, cls=DjangoJSONEncoder)
