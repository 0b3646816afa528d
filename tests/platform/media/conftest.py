"""Both stores, and sounds to put into them."""

import contextlib
import io
import os
import subprocess
from http.server import BaseHTTPRequestHandler

import boto3
import pytest
from listening import listening

from media import store as stores
from media.renditions import binary
from media.services import keep

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(params=["disk", pytest.param("s3", marks=pytest.mark.s3)])
def kept(request, settings, tmp_path):
    """The store in use: each test that asks for it is told twice, once on the disk and once in a bucket."""
    settings.S3_BUCKET = ""
    settings.STORE_ROOT = tmp_path / "store"
    if request.param == "s3":
        _use_bucket(settings)
    yield stores.store()
    for key in stores.store().keys(prefix=""):
        stores.store().delete(key=key)


@pytest.fixture
def disk(settings, tmp_path):
    settings.S3_BUCKET = ""
    settings.STORE_ROOT = tmp_path / "store"
    return stores.store()


@pytest.fixture
def bucket(settings):
    _use_bucket(settings)
    yield stores.store()
    settings.S3_SECRET_KEY = os.environ["TEST_S3_SECRET_KEY"]
    for key in stores.store().keys(prefix=""):
        stores.store().delete(key=key)


def _use_bucket(settings):
    settings.S3_BUCKET = f"{os.environ['TEST_S3_BUCKET']}-media-{WORKER}"
    settings.S3_ENDPOINT = settings.S3_PUBLIC_ENDPOINT = os.environ["TEST_S3_ENDPOINT"]
    settings.S3_ACCESS_KEY = os.environ["TEST_S3_ACCESS_KEY"]
    settings.S3_SECRET_KEY = os.environ["TEST_S3_SECRET_KEY"]
    boto3.client(
        "s3",
        endpoint_url=settings.S3_ENDPOINT,
        region_name="us-east-1",
        aws_access_key_id=settings.S3_ACCESS_KEY,
        aws_secret_access_key=settings.S3_SECRET_KEY,
    ).create_bucket(Bucket=settings.S3_BUCKET)


def sound(*, seconds=2, options=("-f", "wav")):
    """A tone, in any form ffmpeg can write."""
    tone = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}:sample_rate=16000"]
    command = [binary(), "-v", "error", *tone, *options, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.fixture(scope="session")
def wav():
    return sound()


@pytest.fixture
def spoken():
    """`spoken(pause=2)`: two seconds of a tone, so many of nothing, two of the tone."""

    def made(*, pause):
        quiet = f"aeval='if(between(t,2,{2 + pause}),0,val(0))'"
        return sound(seconds=4 + pause, options=("-af", quiet, "-f", "wav"))

    return made


@pytest.fixture
def recording(kept, wav, db):
    """Two seconds that anyone may hear."""
    return keep(data=wav, title="晨钟", kind="audio", mime="audio/wav", guard="public")


@pytest.fixture
def do_tasks(db):
    """Do what waits in the queue, and say how many that was: the worker itself would close the connection that holds the test's transaction."""
    from django_tasks_db.models import DBTaskResult

    def done():
        waiting = list(DBTaskResult.objects.ready())
        for row in waiting:
            with contextlib.suppress(Exception):  # a worker survives what a task raises
                row.task.call(*row.task_result.args, **row.task_result.kwargs)
            row.delete()
        return len(waiting)

    done.forget = lambda: DBTaskResult.objects.all().delete()
    return done


@pytest.fixture
def picture():
    """`picture(width, height)` as PNG bytes."""
    from PIL import Image

    def drawn(width, height, form="PNG"):
        out = io.BytesIO()
        Image.new("RGB", (width, height), "teal").save(out, form)
        return out.getvalue()

    return drawn


@pytest.fixture
def listening_post():
    """A web server of the attacker's: `.url`, and `.visits`, every path anyone asked it for."""
    visits = []

    class Post(BaseHTTPRequestHandler):
        def do_GET(self):
            visits.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            pass

    with listening(Post) as server:
        server.visits = visits
        yield server
