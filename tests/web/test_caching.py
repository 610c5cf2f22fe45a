"""Nothing is unpickled: a pickle that somebody plants in Redis or in the cache's folder is forgotten, never run."""

from __future__ import annotations

import os
import pickle
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache.backends.base import BaseCache
from redis import Redis

from evidence.core.results import Finding, Result, Verdict
from seal_advisor import settings
from seal_advisor.caching import FileCache, ForgetfulRedisCache
from tests import services

ROOT = Path(__file__).resolve().parent.parent.parent
OPTIONS = settings.CACHES["default"]["OPTIONS"]
RESULTS = (
    Result("C-SC-01", "One seal", Verdict.FAIL, "two seals", (Finding("two", "vault.hcl", 3, "remove one"),), ("x",)),
)
PLANTED = re.compile(r"\b(?:_?c?pickle|shelve|marshal|dill|cloudpickle|jsonpickle|joblib)\b", re.IGNORECASE)


class Trap:
    """Whoever unpickles this makes a file."""

    def __init__(self, touched: Path) -> None:
        self.touched = touched

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.touched),)


@pytest.fixture
def files(tmp_path: Path) -> FileCache:
    return FileCache(str(tmp_path / "cache"), {"OPTIONS": OPTIONS})


@pytest.fixture
def redis_cache(redis_server: services.Service) -> Iterator[ForgetfulRedisCache]:
    cache = ForgetfulRedisCache(redis_server.address, {"OPTIONS": OPTIONS})
    yield cache
    cache.clear()


@pytest.fixture(params=["files", "redis_cache"])
def either(request: pytest.FixtureRequest) -> BaseCache:
    found: BaseCache = request.getfixturevalue(request.param)
    return found


def test_the_trap_springs_where_somebody_unpickles(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Trap(tmp_path / "sprung")))
    assert (tmp_path / "sprung").exists()


def test_a_pickle_planted_in_redis_is_forgotten_and_never_run(
    redis_cache: ForgetfulRedisCache, redis_server: services.Service, tmp_path: Path
) -> None:
    redis_cache.set("results", RESULTS)
    Redis.from_url(redis_server.address).set(redis_cache.make_key("results"), pickle.dumps(Trap(tmp_path / "sprung")))
    assert redis_cache.get("results", "forgotten") == "forgotten"
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("before", [b"", b"\n", b"99999999999.5\n", pickle.dumps(99999999999.5)])
def test_a_pickle_planted_in_the_folder_is_forgotten_and_never_run(
    files: FileCache, tmp_path: Path, before: bytes
) -> None:
    files.set("results", RESULTS)
    trap = pickle.dumps(Trap(tmp_path / "sprung"))
    (kept,) = (tmp_path / "cache").iterdir()
    for planted in (before + zlib.compress(trap), before + trap, trap):
        kept.write_bytes(planted)
        assert files.get("results", "forgotten") == "forgotten"
        files.has_key("results")
        assert files.touch("results") is False
    assert not (tmp_path / "sprung").exists()


def test_records_come_back_as_they_were(either: BaseCache) -> None:
    either.set("results", RESULTS)
    assert either.get("results") == RESULTS
    assert either.get("results")[0].verdict is Verdict.FAIL


def test_counting_ending_and_touching_work_as_in_django_s_caches(either: BaseCache) -> None:
    assert either.add("count", 0, None)
    assert not either.add("count", 5, None)
    assert (either.incr("count"), either.incr("count", 4), either.get("count")) == (1, 5, 5)
    either.set("gone", "x", 0)
    assert either.get("gone") is None
    assert (either.touch("count", 60), either.touch("nothing", 60)) == (True, False)
    assert either.delete("count")
    assert either.get("count") is None


def test_a_value_that_has_no_form_is_refused_when_it_is_kept_not_when_it_is_read(either: BaseCache) -> None:
    with pytest.raises(TypeError):
        either.set("trap", object())


def test_messages_and_sessions_are_json_and_beat_keeps_no_file() -> None:
    assert settings.CELERY_TASK_SERIALIZER == "json"
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")
    assert settings.CELERY_BEAT_SCHEDULER == "celery.beat:Scheduler"


def test_no_line_of_the_product_knows_a_serializer_that_runs_code() -> None:
    sources = [path for folder in ("seal_advisor", "evidence") for path in sorted((ROOT / folder).rglob("*.py"))]
    lines = [(path, line) for path in sources for line in path.read_text(encoding="utf-8").splitlines()]
    found = [
        f"{path.name}: {line}" for path, line in lines if re.match(r"\s*(from|import)\b", line) and PLANTED.search(line)
    ]
    assert len(sources) > 400
    assert found == []
