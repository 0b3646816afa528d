"""Where bytes are kept: `store()` is the one the settings name."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from media.store.base import Store
from media.store.disk import Disk
from media.store.s3 import S3, Account

__all__ = ["S3", "Account", "Disk", "Store", "store"]


def store() -> Store:
    """The store of this school: a bucket when S3_BUCKET is set, else the disk."""
    return STORES["s3" if settings.S3_BUCKET else "disk"]()


def _disk() -> Store:
    return Disk(Path(settings.STORE_ROOT))


def _s3() -> Store:
    return _bucket(
        Account(
            bucket=settings.S3_BUCKET,
            endpoint=settings.S3_ENDPOINT,
            public_endpoint=settings.S3_PUBLIC_ENDPOINT,
            region=settings.S3_REGION,
            access_key=settings.S3_ACCESS_KEY,
            secret_key=settings.S3_SECRET_KEY,
        )
    )


_bucket = lru_cache(maxsize=8)(S3)
STORES: dict[str, Callable[[], Store]] = {"disk": _disk, "s3": _s3}
