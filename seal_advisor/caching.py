"""The caches. Nothing that must hold rests on them: what is not remembered is made again.

Whoever can write to Redis or to the cache's folder must not run code here: values are kept as the serializer of the
settings writes them, never as pickles, and what it cannot read (it raises ValueError) counts as forgotten.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from typing import IO, Any

import structlog
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.redis import RedisCache
from django.utils.module_loading import import_string
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

logger = structlog.get_logger(__name__)


class ForgetfulRedisCache(RedisCache):
    """Django's Redis cache; while Redis is away it remembers nothing, and says so in the log."""

    def add(self, *args: Any, **more: Any) -> bool:
        return bool(_or(True, super().add, *args, **more))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        try:
            return _or(default, super().get, key, default, version)
        except ValueError:
            logger.warning("cache_not_ours", key=key)
            return default

    def set(self, *args: Any, **more: Any) -> None:
        _or(None, super().set, *args, **more)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        return int(_or(delta, super().incr, key, delta, version))

    def delete(self, *args: Any, **more: Any) -> bool:
        return bool(_or(False, super().delete, *args, **more))


def _or(otherwise: Any, ask: Callable[..., Any], *args: Any, **more: Any) -> Any:
    try:
        return ask(*args, **more)
    except (RedisConnectionError, RedisTimeoutError) as error:
        logger.warning("cache_away", error=type(error).__name__)
        return otherwise


class FileCache(FileBasedCache):
    """Django's cache of files in another form: a line that says when the value ends, in seconds, or nothing for never;
    then the value as `OPTIONS["serializer"]` writes it, compressed.
    """

    def __init__(self, folder: str, params: dict[str, Any]) -> None:
        super().__init__(folder, params)
        self._serializer = import_string(params["OPTIONS"]["serializer"])()

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        try:
            with open(self._key_to_file(key, version), "rb") as file:
                if self._is_expired(file):
                    return default
                return self._serializer.loads(zlib.decompress(file.read()))
        except FileNotFoundError:
            return default
        except (ValueError, zlib.error):
            logger.warning("cache_not_ours", key=key)
            return default

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Django's own reads and writes in one go, which a file that is replaced as a whole has no need of."""
        missing = object()
        value = self.get(key, missing, version)
        if value is missing:
            return False
        self.set(key, value, timeout, version)
        return True

    def _write_content(self, file: IO[bytes], timeout: Any, value: Any) -> None:
        ends = self.get_backend_timeout(timeout)
        file.write(b"\n" if ends is None else f"{ends!r}\n".encode())
        file.write(zlib.compress(self._serializer.dumps(value)))

    def _is_expired(self, file: IO[bytes]) -> bool:
        line = file.readline(40)
        try:
            expired = line != b"\n" and float(line) < time.time()
        except ValueError:
            expired = True  # an empty file, a pickle of an earlier release, or nothing of ours
        if expired:
            self._delete(file.name)
        return expired
