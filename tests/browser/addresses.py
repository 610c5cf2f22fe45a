"""Every page that the application has, read off its URL map: a page that is added tomorrow is walked tomorrow.

A route's placeholders are filled from rows that the tests made. One that nothing fills is an error, not a page less.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import APIRequestContext

# Below these nothing is a page of ours: the API answers JSON, the admin is Django's, metrics are for Prometheus.
NOT_OURS = ("api/", "admin/", "metrics", "healthz", "readyz")
DOCS = "api/v1/docs/"
PLACEHOLDER = re.compile(r"<(?:\w+:)?(?P<name>\w+)>")


@dataclass(frozen=True, slots=True)
class Walk:
    """pages: addresses that answer a GET with HTML. unfilled: routes whose placeholders no row fills."""

    pages: tuple[str, ...]
    unfilled: tuple[str, ...]


def routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, route)
        elif isinstance(entry, URLPattern):
            yield route


def walk(request: APIRequestContext, rows: Mapping[str, Mapping[str, str]]) -> Walk:
    """Ask every route. rows: a placeholder's name -> the part of a route that it stands in ("" = any) -> the value."""
    pages, unfilled = [], []
    for route in dict.fromkeys(routes(get_resolver().url_patterns)):
        if route.startswith("^") or (route.startswith(NOT_OURS) and route != DOCS):
            continue
        address = _filled(route, rows)
        if address is None:
            unfilled.append(route)
            continue
        answer = request.get(address, max_redirects=0)
        kind = answer.headers.get("content-type", "")
        if answer.status == 200 and kind.startswith("text/html") and "attachment" not in str(answer.headers):
            pages.append(address)
        # Of an account's pages many are there only for who has a second factor, or has one no more.
        allowed = {200, 302, 401, 405, 422} | ({404} if route.startswith("account/") else set())
        assert answer.status in allowed, f"GET {address}: {answer.status}"
    return Walk(tuple(pages), tuple(unfilled))


def _filled(route: str, rows: Mapping[str, Mapping[str, str]]) -> str | None:
    def value(found: re.Match[str]) -> str:
        choices = rows.get(found["name"], {})
        return next((given for where, given in choices.items() if where in route), "\0")

    address = "/" + PLACEHOLDER.sub(value, route)
    return None if "\0" in address else address
