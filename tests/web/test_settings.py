"""Settings: a wrong value stops the start with one line; secrets come from files; compose sets nothing unknown."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from seal_advisor import settings
from seal_advisor.models import User

ROOT = Path(__file__).resolve().parent.parent.parent


def start(data: Path, **environment: str) -> tuple[int, str]:
    """Exit code and last line of a program that only reads the settings."""
    inherited = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    done = subprocess.run(
        [sys.executable, "-c", "import seal_advisor.settings"],
        cwd=ROOT,
        env={**inherited, "SEAL_ADVISOR_DATA": str(data), **environment},
        capture_output=True,
        text=True,
    )
    return done.returncode, (done.stderr.strip().splitlines() or [""])[-1]


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"DEBUG": "yes"}, "DEBUG must be 0 or 1"),
        ({"DATABASE_URL": "mysql://x/y"}, "postgres:// or sqlite://"),
        ({"UPLOAD_LIMIT_MB": "much"}, "UPLOAD_LIMIT_MB must be a whole number"),
        ({"SECRET_KEY_FILE": "/nowhere/key"}, "SECRET_KEY_FILE: cannot read /nowhere/key"),
        ({"SECRET_KEY": "x", "SECRET_KEY_FILE": "/nowhere/key"}, "both set"),
        ({"S3_LOCK_MODE": "COMPLIANCE"}, "S3_LOCK_DAYS"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is json or console"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_value_stops_the_start_and_names_itself(
    tmp_path: Path, environment: dict[str, str], words: str
) -> None:
    code, line = start(tmp_path, **environment)
    assert (code != 0, words in line) == (True, True), line


def test_the_secret_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    assert start(tmp_path)[0] == 0
    key = tmp_path / "secret_key"
    first = key.read_text()
    assert (len(first) >= 50, stat.S_IMODE(key.stat().st_mode)) == (True, 0o600)
    assert start(tmp_path)[0] == 0
    assert key.read_text() == first
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_the_compose_file_sets_only_what_the_settings_know() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    known = set(re.findall(r"[A-Z][A-Z0-9_]{3,}", settings.__doc__ or ""))
    for name in compose["services"]["web"]["environment"]:
        assert known & {name, name.removesuffix("_FILE")}, name


def test_the_policy_for_scripts_and_styles_is_strict() -> None:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert "unsafe" not in repr(directives)
    assert "http" not in repr(directives)


def test_behind_tls_every_cookie_is_bound_to_this_host_and_hidden_from_scripts(tmp_path: Path) -> None:
    told = (
        "from seal_advisor import settings as s\n"
        "for kind in ('SESSION', 'CSRF', 'LANGUAGE'):\n"
        "    print(*(getattr(s, f'{kind}_COOKIE_{what}') for what in ('NAME', 'SECURE', 'HTTPONLY', 'SAMESITE')))\n"
        "print(s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.REST_FRAMEWORK['NUM_PROXIES'])\n"
    )
    environment = {**os.environ, "SEAL_ADVISOR_DATA": str(tmp_path), "BEHIND_TLS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "__Host-session True True Lax",
        "__Host-csrf True True Lax",
        "__Host-language True True Lax",
        "31536000 True 1",
    ]


def test_static_files_have_the_policy_too() -> None:
    order = [name.rpartition(".")[2] for name in settings.MIDDLEWARE]
    assert order.index("CSPMiddleware") < order.index("WhiteNoiseMiddleware")
    assert settings.REST_FRAMEWORK["NUM_PROXIES"] == 0, "without a proxy nobody's X-Forwarded-For counts"


@pytest.mark.django_db
def test_a_session_lasts_a_working_day(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.session.get_expiry_age() == 12 * 60 * 60


@pytest.mark.parametrize(("password", "taken"), [("short of it", False), ("long " * 20, True), ("x" * 64, True)])
def test_a_password_has_twelve_characters_and_no_upper_limit(password: str, taken: bool) -> None:
    try:
        validate_password(password)
    except ValidationError:
        assert not taken
    else:
        assert taken
