"""Where bytes are kept: `store()` is the one the settings name."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from media.store.base import Store
from media.store.disk import Disk

__all__ = ["Disk", "Store", "store"]


def store() -> Store:
    """The store of this school: a bucket when S3_BUCKET is set, else the disk."""
    return STORES["s3" if settings.S3_BUCKET else "disk"]()


def _disk() -> Store:
    return Disk(Path(settings.STORE_ROOT))


def _s3() -> Store:
    return _bucket(
        settings.S3_BUCKET,
        settings.S3_ENDPOINT,
        settings.S3_PUBLIC_ENDPOINT,
        settings.S3_REGION,
        settings.S3_ACCESS_KEY,
        settings.S3_SECRET_KEY,
    )


@lru_cache(maxsize=8)
def _bucket(*account: str) -> Store:
    from media.store.s3 import S3, Account  # boto3 takes a second to load, and a school on disk never needs it

    return S3(Account(*account))


STORES: dict[str, Callable[[], Store]] = {"disk": _disk, "s3": _s3}
