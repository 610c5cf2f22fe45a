"""Settings of the whole suite, and the real services that some tests need.

A service that cannot be had makes its tests skip, naming the missing part; with REQUIRE_SERVICES=1 (CI) they fail.
Servers write to files, run in a session of their own and are ended by their process id.
"""

from __future__ import annotations

import os
import tempfile

# Before Django reads its settings: tests never touch the developer's data directory.
_DATA = tempfile.mkdtemp(prefix="seal-advisor-tests-")
os.environ["SEAL_ADVISOR_DATA"] = _DATA
os.environ.setdefault("SECRET_KEY", "tests only")
os.environ.setdefault("THROTTLE_ANONYMOUS", "100000/min")
os.environ.setdefault("THROTTLE_USER", "100000/min")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's synchronous interface runs an event loop of its own
for name in ("DATABASE_URL", "REDIS_URL", "S3_BUCKET", "SIGNING_KEY_FILE", "ALLOWED_HOSTS", "BEHIND_TLS", "DEBUG"):
    os.environ.pop(name, None)

import shutil  # noqa: E402 - the environment comes first
from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, TypeVar  # noqa: E402

import pytest  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import TransactionTestCase  # noqa: E402

from evidence.register import FIXED, FIXED_SHARED  # noqa: E402
from seal_advisor.append_only import allow_change, forbid_change  # noqa: E402
from tests import services  # noqa: E402

APPEND_ONLY = (
    "seal_advisor_answerchange",
    "seal_advisor_revision",
    "seal_advisor_rulesetcopy",
    "seal_advisor_houserules",
    "evidence_ledgerentry",
    "evidence_erasure",
    "evidence_remark",
    "evidence_vote",
    "evidence_minutes",
    "evidence_signoff",
    "evidence_withdrawal",
    "evidence_review_authors",
)


def pytest_configure(config: pytest.Config) -> None:
    """pytest-django reads the settings before this file is seen, so their folders are moved here."""
    data = Path(_DATA)
    settings.DATA, settings.BROKER, settings.STATIC_ROOT = data, data / "broker", data / "static"
    settings.STATIC_ROOT.mkdir()
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        settings.DATABASES["default"]["TEST"]["NAME"] = str(data / "test.sqlite3")
    settings.STORAGES = {
        "default": settings.STORAGES["default"],
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        "blobs": {"BACKEND": "evidence.storage.BlobFiles", "OPTIONS": {"location": str(data / "blobs")}},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nothing to protect, much to save
    settings.CACHES["default"]["LOCATION"] = str(data / "cache")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's tests come last: playwright leaves an event loop in the process, and the signer wants its own."""
    items.sort(key=lambda item: "tests/browser" in item.path.as_posix())


def pytest_unconfigure(config: pytest.Config) -> None:
    services.stop_all()
    shutil.rmtree(_DATA, ignore_errors=True)


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    yield
    cache.clear()


_TEARDOWN: Any = TransactionTestCase._fixture_teardown


def _teardown_without_triggers(case: TransactionTestCase) -> None:
    """Tests with real transactions empty every table afterwards; the append-only ones would refuse."""
    for table in (*APPEND_ONLY, *FIXED, *FIXED_SHARED):
        allow_change(connection, table)
    _TEARDOWN(case)
    for table in APPEND_ONLY:
        forbid_change(connection, table)
    for table, columns in {**FIXED, **FIXED_SHARED}.items():
        forbid_change(connection, table, columns)


TransactionTestCase._fixture_teardown = _teardown_without_triggers  # type: ignore[method-assign]


Had = TypeVar("Had")


def _or_skip(service: Had | services.Missing) -> Had:
    if isinstance(service, services.Missing):
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(f"{service.what} is required (REQUIRE_SERVICES=1): {service.why}")
        pytest.skip(f"{service.what} is missing: {service.why}")
    return service


@pytest.fixture(scope="session")
def postgresql() -> services.Service:
    """A PostgreSQL server of our own; `.address` is a DATABASE_URL of an empty database."""
    return _or_skip(services.postgresql())


@pytest.fixture(scope="session")
def redis_server() -> services.Service:
    """A Redis server of our own; `.address` is a REDIS_URL."""
    return _or_skip(services.redis())


@pytest.fixture(scope="session")
def s3() -> services.Service:
    """An S3-compatible store of our own (moto); `.address` is its endpoint."""
    return _or_skip(services.s3())


@pytest.fixture(scope="session")
def kms() -> services.Service:
    """An AWS KMS of our own (moto); `.address` is its endpoint."""
    return _or_skip(services.kms())


@pytest.fixture(scope="session")
def bao_2_6() -> Path:
    """The program of OpenBao 2.6, which has the cloud seals that 2.7 lost."""
    return _or_skip(services.openbao_2_6())


@pytest.fixture(scope="session")
def japanese_font() -> str:
    """The family of a font with Japanese glyphs."""
    return _or_skip(services.font("ja", "fonts-noto-cjk"))


@pytest.fixture(scope="session")
def sslscan() -> Path:
    return _or_skip(services.program("sslscan", "sslscan"))


@pytest.fixture(scope="session")
def nmap() -> Path:
    return _or_skip(services.program("nmap", "nmap"))


@pytest.fixture
def data_directory(tmp_path: Path) -> Path:
    """A data directory of one's own for programs that the test starts."""
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    return folder


def pytest_make_parametrize_id(val: object) -> str | None:
    """Names no test after bytes that were made: an archive holds the moment, and two processes must call it alike."""
    return "bytes" if isinstance(val, bytes) and len(val) > 40 else None
