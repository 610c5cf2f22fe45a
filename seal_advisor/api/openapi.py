"""What makes the OpenAPI document complete: errors as they are sent, and an example for every body.

Examples that an endpoint gives itself are kept. All others are made from the schema, with values that a reader knows,
so that a new endpoint has one from its first day; a test holds each against its schema.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from seal_advisor.api import problems

PROBLEM = {"$ref": "#/components/schemas/ProblemShape"}
ITEMS_SHOWN = 1
DEPTH = 12
ID, MOMENT = "6f1c2f0e-8a0b-4f7d-9d53-2a6a54c1e0b7", "2026-11-24T10:00:00Z"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
# What a field of this name holds in life; where the schema does not admit it, a plain value stands there.
KNOWN: dict[str, Any] = {
    "about": ID,
    "after": {"title": "Cards"},
    "archive": f"/api/v1/packages/{ID}/package.zip",
    "author": "alice",
    "before": {"title": "Payments"},
    "by": "alice",
    "certificate": "-----BEGIN CERTIFICATE-----\n...",
    "control": "C-TL-01",
    "controls": ["C-TL-01"],
    "cursor": "cD0yMDI2LTExLTI0",
    "decision_sha256": DIGEST,
    "detail": "the design is at version 3",
    "engine_version": "1",
    "entry": '{"what":"received"}',
    "event": "package.done",
    "expires_at": MOMENT,
    "field": "answers",
    "issuer": "https://token.actions.githubusercontent.com",
    "kind": "vault_config",
    "leaf": 41,
    "message": "tls_min_version = tls10 admits TLS 1.0",
    "name": "vault.hcl",
    "next": None,
    "node": "vault-a",
    "note": "signed in May",
    "organisation": ID,
    "path": "vault.hcl",
    "previous": None,
    "question": "hsm",
    "reason": "every listener demands TLS 1.2",
    "remedy": 'tls_min_version = "tls12"',
    "report": f"/api/v1/packages/{ID}/report.pdf",
    "root": DIGEST,
    "rule": "R014",
    "ruleset": "2026.11.0",
    "scopes": ["read", "evidence:write"],
    "sha256": DIGEST,
    "source": "NIST SP 800-52 Rev. 2",
    "status": 412,
    "step": "rendering the report",
    "stored_sha256": DIGEST,
    "title": "Payments",
    "token": "ci",
    "type": "/api/v1/docs/#problem-lost-update",
    "uploader": "alice (token ci)",
    "user": "alice",
    "version": "2026.11.0",
    "what": "design.edited",
    "why": "the boundary must be dedicated",
}


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular's hook, called once the document is made."""
    shapes = result["components"]["schemas"]
    _plain_unions(result)
    for methods in result["paths"].values():
        for operation in methods.values():
            _page(operation)
            _body(operation, shapes)
            _answers(operation, shapes)
    return result


def _plain_unions(node: Any) -> None:
    """Any JSON value, or null, is any JSON value: as `oneOf` the two would exclude each other at null."""
    if isinstance(node, dict):
        if {} in node.get("oneOf", ()):
            del node["oneOf"]
        for inner in node.values():
            _plain_unions(inner)
    elif isinstance(node, list):
        for inner in node:
            _plain_unions(inner)


def _page(operation: dict[str, Any]) -> None:
    """A list by cursor is sent as a page: the addresses of its neighbours, and the rows."""
    if not any(parameter["name"] == "cursor" for parameter in operation.get("parameters", ())):
        return
    for content in operation["responses"]["200"]["content"].values():
        if content["schema"].get("type") == "array":
            link = {"type": ["string", "null"], "format": "uri"}
            properties = {"next": link, "previous": link, "results": content["schema"]}
            content["schema"] = {"type": "object", "properties": properties, "required": list(properties)}


def _body(operation: dict[str, Any], shapes: dict[str, Any]) -> None:
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        if kind == "application/json" and "example" not in content and "examples" not in content:
            content["examples"] = {"example": {"value": example(content["schema"], shapes)}}


def _answers(operation: dict[str, Any], shapes: dict[str, Any]) -> None:
    answers = operation["responses"]
    for status, answer in answers.items():
        code = int(status)
        answer["description"] = answer.get("description") or problems.TITLES.get(code) or HTTPStatus(code).phrase
        if code >= 400:
            answer["content"] = _problem(code)
        for kind, content in answer.get("content", {}).items():
            if kind == "application/json" and "examples" not in content:
                content["examples"] = {"example": {"value": example(content.get("schema", {}), shapes)}}
        if code in (423, 429, 503):
            answer["headers"] = {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds to wait."}}
    answers["default"] = {"description": "Any other problem, in the same form.", "content": _problem(500)}


def _problem(code: int) -> dict[str, Any]:
    word = (problems.TITLES.get(code) or HTTPStatus(code).phrase).lower().replace(" ", "_")
    value = problems.document(
        code, word, "what is wrong, in one line", [{"field": "answers", "detail": "what is wrong"}]
    )
    return {problems.CONTENT_TYPE: {"schema": PROBLEM, "examples": {"example": {"value": value}}}}


def example(schema: dict[str, Any], shapes: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that the schema admits, as a reader may meet it. name: of the field that holds it."""
    if "$ref" in schema:
        return example(shapes[schema["$ref"].rpartition("/")[2]], shapes, name, depth)
    for joint in ("allOf", "oneOf", "anyOf"):
        if joint in schema:
            return example(schema[joint][0], shapes, name, depth)
    if "default" in schema:
        return schema["default"]
    if "enum" in schema:
        return KNOWN[name] if KNOWN.get(name) in schema["enum"] else schema["enum"][0]
    kind = schema.get("type", "object" if "properties" in schema else None)
    if isinstance(kind, list):
        kind = next(one for one in kind if one != "null")
    if kind == "array":
        known = KNOWN.get(name)
        if isinstance(known, list) and schema["items"].get("type") == "string" and "enum" not in schema["items"]:
            return known
        return [] if depth > DEPTH else [example(schema["items"], shapes, name, depth + 1)] * ITEMS_SHOWN
    if kind == "object":
        return _object(schema, shapes, depth)
    return _plain(kind, schema, name)


def _object(schema: dict[str, Any], shapes: dict[str, Any], depth: int) -> dict[str, Any]:
    if "properties" in schema:
        return {name: example(inner, shapes, name, depth + 1) for name, inner in schema["properties"].items()}
    more = schema.get("additionalProperties")
    return {"hsm": example(more, shapes, "", depth + 1)} if isinstance(more, dict) and more else {}


def _plain(kind: str | None, schema: dict[str, Any], name: str) -> Any:
    known = KNOWN.get(name)
    if kind == "string":
        by_format = {
            "uuid": ID,
            "date-time": MOMENT,
            "date": MOMENT[:10],
            "uri": "https://seal.example/api/v1/designs/?cursor=cD0y",
        }
        text = by_format.get(schema.get("format", ""), known if isinstance(known, str) else "clustered")
        return text[: schema.get("maxLength", len(text))]
    if kind in ("integer", "number"):
        number = known if isinstance(known, int) else 3
        return min(max(number, schema.get("minimum", number)), schema.get("maximum", number))
    return {"boolean": True, "null": None}.get(kind or "", known)
