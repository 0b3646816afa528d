"""Where the suite runs, and what every test finds there.

The environment is decided here, before Django reads its settings; neither a `.env` file nor exported settings
reach a test. Everything else is as shipped. What is *provided* and what is *used* are two things:

`TEST_POSTGRES_URL` (a maintenance database; the tests make their own beside it) is used for every test with
    `TEST_DATABASE=postgres`. Tests marked `postgres` run only then.
`TEST_REDIS_URL` is used as bus, channel layer and cache of every test with `TEST_BUS=redis`.
    Tests marked `redis` run whenever it is provided.
`TEST_S3_ENDPOINT`, `_BUCKET` (each worker adds its name), `_ACCESS_KEY`, `_SECRET_KEY`
    are used as the store of every test with `TEST_STORE=s3`. Tests marked `s3` run whenever they are provided.
`TEST_CHROMIUM`, or `chromium` on the PATH, is what tests marked `browser` need.

What is not provided is skipped and says so. `VAR_DIR` is a fresh folder per worker, and the database in it (or
a PostgreSQL database of its own) is copied from a migrated template. A server that a test starts with the same
environment sees what the test wrote, given `@pytest.mark.django_db(transaction=True)`.
"""

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

ROOT = Path(__file__).resolve().parent.parent
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
VAR = Path(tempfile.mkdtemp(prefix=f"qunke-tests-{WORKER}-"))


def _redis_url() -> str:
    """Each worker counts its cache in a database of its own."""
    parts = urlsplit(os.environ["TEST_REDIS_URL"])
    number = int(WORKER.removeprefix("gw")) + 1 if WORKER.startswith("gw") else 0
    return urlunsplit(parts._replace(path=f"/{number % 16}"))


def _postgres_url() -> str:
    parts = urlsplit(os.environ["TEST_POSTGRES_URL"])
    return urlunsplit(parts._replace(path=f"/qunke_{WORKER}_{os.getpid()}"))


def _settle_environment() -> None:
    for name in re.findall(r'env\.\w+\("([A-Z0-9_]+)"', (ROOT / "platform/config/settings.py").read_text("utf-8")):
        os.environ.pop(name, None)
    if (ROOT / ".env").is_file():  # what is set already wins over the file, so set what it names
        for name in re.findall(r"(?m)^\s*(\w+)\s*=", (ROOT / ".env").read_text("utf-8")):
            os.environ[name] = ""
    os.environ["DEBUG"] = "1"
    os.environ["VAR_DIR"] = str(VAR)
    os.environ["STRANGERS_SECONDS"] = "0"  # tests change pages and look at once
    (VAR / "static").mkdir()  # WhiteNoise warns of an absent one
    if os.environ.get("TEST_DATABASE") == "postgres":
        os.environ["DATABASE_URL"] = _postgres_url()
    if os.environ.get("TEST_BUS") == "redis":
        os.environ["REDIS_URL"] = _redis_url()
    os.environ["REDIS_PREFIX"] = f"qunke-{WORKER}"  # databases share their channels: nobody hears another's lesson
    if os.environ.get("TEST_STORE") == "s3":
        for name in ("ENDPOINT", "ACCESS_KEY", "SECRET_KEY"):
            os.environ[f"S3_{name}"] = os.environ[f"TEST_S3_{name}"]
        os.environ["S3_BUCKET"] = f"{os.environ['TEST_S3_BUCKET']}-{WORKER}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"


_settle_environment()

import django

django.setup()  # now that the environment is settled
del os.environ["DJANGO_SETTINGS_MODULE"]  # pytest-django in a worker would read settings before this file is run

from django.conf import settings

settings.WHITENOISE_USE_FINDERS = False  # else every test client looks through all static files first

pytest_plugins = ["databases", "groups", "personas", "promises", "receivers", "school", "stores"]


def pytest_unconfigure() -> None:
    shutil.rmtree(VAR, ignore_errors=True)


atexit.register(pytest_unconfigure)  # also when pytest gives up before it has begun


@pytest.fixture(autouse=True)
def _nobody_has_tried_before():
    """Keys begin anew with each test's database: ben must not be kept out for what another ben tried."""
    from django.core.cache import caches

    caches["counts"].clear()


@pytest.fixture
def login(client):
    """Sign someone in: `login(ben).get("/me/")`."""

    def signed_in(person):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in
