"""What a test leaves in the cache, the store and the recorder's folder is gone before the next."""

import functools
import shutil

import pytest
from django.conf import settings
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _clean_places(request):
    yield
    if not {"db", "transactional_db"} & set(request.fixturenames):
        return
    cache.clear()
    for folder in (settings.STORE_ROOT, settings.LIVE_ROOT):
        shutil.rmtree(folder, ignore_errors=True)
    if settings.S3_BUCKET:
        _empty(_bucket(settings.S3_BUCKET))


@pytest.fixture(autouse=True, scope="session")
def _bucket_of_our_own():
    if not settings.S3_BUCKET:
        yield
        return
    bucket = _bucket(settings.S3_BUCKET)
    if not bucket.creation_date:
        bucket.create()
    _empty(bucket)
    yield
    _empty(bucket)
    bucket.delete()


@functools.cache
def _bucket(name):
    """Made once: it takes boto3 longer than to see that there is nothing in it."""
    import boto3

    return boto3.resource(
        "s3",
        endpoint_url=settings.S3_ENDPOINT or None,
        region_name=settings.S3_REGION,
        aws_access_key_id=settings.S3_ACCESS_KEY,
        aws_secret_access_key=settings.S3_SECRET_KEY,
    ).Bucket(name)


def _empty(bucket):
    for thing in bucket.objects.all():
        thing.delete()


@pytest.fixture
def do_tasks(db):
    """Do everything that waits in the task queue, as the worker would: `do_tasks()`."""
    from django.core.management import call_command

    return lambda: call_command("db_worker", queue_name="*", batch=True, interval=0, startup_delay=False, verbosity=0)
