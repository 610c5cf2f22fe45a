"""The OpenAPI document and its page. The page is ours: no script, no style from elsewhere, readable by anybody."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularJSONAPIView

from seal_advisor.api.problems import read_only


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "seal_advisor.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "Your token, with the scope that the call needs."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "seal_advisor.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class Schema(SpectacularJSONAPIView):
    """JSON, which is YAML too."""


@read_only
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation with its parameters, bodies and answers, from the same document that `/api/schema/` serves."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    operations = [
        {"method": method.upper(), "path": path, **operation, "body": _body(operation), "answers": _answers(operation)}
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    shapes = {name: json.dumps(shape, indent=2) for name, shape in schema["components"]["schemas"].items()}
    context = {"operations": operations, "shapes": shapes, "info": schema["info"]}
    return render(request, "api/docs.html", context)


def _body(operation: dict[str, Any]) -> list[dict[str, Any]]:
    contents = operation.get("requestBody", {}).get("content", {})
    return [{"type": kind, "shape": _named(content.get("schema", {}))} for kind, content in contents.items()]


def _answers(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"status": status, "description": answer.get("description", ""), "shapes": [
            _named(content.get("schema", {})) for content in answer.get("content", {}).values()
        ]}
        for status, answer in operation.get("responses", {}).items()
    ]  # fmt: skip


def _named(schema: dict[str, Any]) -> str:
    """The name of a shape, "" for one that has none."""
    reference = schema.get("$ref") or schema.get("items", {}).get("$ref", "")
    return reference.rsplit("/", 1)[-1]
