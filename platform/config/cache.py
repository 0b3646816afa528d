"""What the cache holds may be forgotten at any time, so a page never waits long for it, nor fails without it."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis import RedisError

logger = logging.getLogger(__name__)
REST = 5.0  # seconds in which a server that did not answer is not asked again


class ForgetfulCache(RedisCache):
    """Redis, or while it is away nothing: what is looked up is not there, what is counted begins at one."""

    away_until = 0.0

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask(super().get, default, key, default, version=version)

    def get_many(self, keys: Any, version: int | None = None) -> Any:
        return self._ask(super().get_many, {}, keys, version=version)

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return bool(self._ask(super().has_key, False, key, version=version))

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        return bool(self._ask(super().add, True, key, value, *args, **kwargs))

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        self._ask(super().set, None, key, value, *args, **kwargs)

    def set_many(self, data: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return list(self._ask(super().set_many, [], data, *args, **kwargs))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(self._ask(super().delete, False, key, version=version))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return int(self._ask(super().incr, delta, key, delta, version=version))

    def _ask(self, verb: Callable[..., Any], instead: Any, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < ForgetfulCache.away_until:
            return instead
        try:
            return verb(*args, **kwargs)
        except RedisError as error:
            logger.warning("The cache is away (%s); doing without it", error)
            ForgetfulCache.away_until = time.monotonic() + REST
            return instead
