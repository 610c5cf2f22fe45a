"""A cache that may be away: what is not remembered is made again. Nothing that must hold rests on the cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

logger = structlog.get_logger(__name__)


class ForgetfulRedisCache(RedisCache):
    """Django's Redis cache; while Redis is away it remembers nothing, and says so in the log."""

    def add(self, *args: Any, **more: Any) -> bool:
        return bool(_or(True, super().add, *args, **more))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return _or(default, super().get, key, default, version)

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
