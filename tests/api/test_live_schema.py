"""schemathesis over the live server: whatever its schema allows, and what it does not, nothing answers 5xx or otherwise
than the schema says.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from seal_advisor.models import Design
from tests import factories

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "unsupported_method",
)  # fmt: skip
EXAMPLES = os.environ.get("SCHEMA_EXAMPLES", "2")


@pytest.mark.timeout(900)
def test_nothing_answers_otherwise_than_the_schema_says(
    transactional_db: None, live_server: Any, tmp_path: Path, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    alice = factories.member("alice", "administrator")
    design: Design = factories.design(alice)
    browser = Client()
    browser.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    csrf = "0" * 32
    cookies = f"sessionid={browser.cookies['sessionid'].value}; csrftoken={csrf}"
    (tmp_path / "schemathesis.toml").write_text(f'[parameters]\n"path.design_id" = "{design.pk}"\n')
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{live_server.url}/api/schema/",
        "--header", f"Cookie: {cookies}", "--header", f"X-CSRFToken: {csrf}", "--checks", ",".join(CHECKS),
        "--exclude-operation-id", "continue_upload",  # a body of pieces: tests/api/test_uploads.py
        "--max-examples", EXAMPLES, "--phases", "examples,fuzzing", "--seed", "20261124",
        "--request-timeout", "30", "--no-color", "--continue-on-failure", "--generation-database", "none",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]
