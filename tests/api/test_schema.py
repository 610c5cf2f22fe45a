"""The OpenAPI document: complete, valid, printed cleanly, and shown on a page of our own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from django.test import Client
from openapi_spec_validator import validate

from tests.web.test_access import endpoints

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_schema_names_every_endpoint_and_is_valid_openapi_3_1(client: Client, db: None) -> None:
    schema = client.get("/api/schema/").json()
    validate(schema)
    assert schema["openapi"].startswith("3.1")
    named = {(method, path) for path, methods in schema["paths"].items() for method in methods}
    wanted = {(one.method, "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", one.route)) for one in endpoints()}
    assert named == wanted
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            problems = [code for code in operation["responses"] if code.startswith(("4", "5"))]
            assert problems, f"{method} {path} names no error"
            assert operation["summary"], f"{method} {path} says nothing"


def test_the_command_prints_the_schema_alone_on_stdout(data_directory: Path) -> None:
    environment = {**os.environ, "SEAL_ADVISOR_DATA": str(data_directory)}
    command = [sys.executable, "manage.py", "spectacular"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    schema = yaml.safe_load(done.stdout)
    assert "/api/v1/designs/{design_id}/evidence/" in schema["paths"]


def test_every_body_has_an_example_that_its_own_schema_admits(client: Client, db: None) -> None:
    schema = client.get("/api/schema/").json()
    bodies, wrong = 0, []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            contents = dict(operation.get("requestBody", {}).get("content", {}))
            where = [(f"{method} {path} request", kind, one) for kind, one in contents.items()]
            for status, answer in operation["responses"].items():
                where += [(f"{method} {path} {status}", kind, one) for kind, one in answer.get("content", {}).items()]
            for name, kind, content in where:
                if kind not in ("application/json", "application/problem+json"):
                    continue
                bodies += 1
                shape = {**content["schema"], "components": schema["components"]}
                checker = jsonschema_rs.Draft202012Validator(shape, validate_formats=True)
                wrong += [
                    f"{name}: {error.message[:200]} at {list(error.instance_path)}"
                    for each in content["examples"].values()
                    for error in checker.iter_errors(each["value"])
                ]
    assert wrong == []
    assert bodies > 200


def test_every_error_is_problem_json_in_the_schema_too(client: Client, db: None) -> None:
    schema = client.get("/api/schema/").json()
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert "default" in operation["responses"], (method, path)
            for status, answer in operation["responses"].items():
                if status == "default" or int(status) >= 400:
                    assert set(answer["content"]) == {"application/problem+json"}, (method, path, status)


@pytest.mark.django_db
def test_the_docs_page_needs_no_account_and_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "POST /api/v1/designs/{design_id}/evidence/" in text
    assert 'src="http' not in text
    assert "unsafe-inline" not in page["Content-Security-Policy"]
