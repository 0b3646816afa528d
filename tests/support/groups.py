"""Groups of tests that need a server or a browser: skipped with a reason when it is not there."""

import os
import shutil

import pytest


def chromium() -> str:
    """Path of the browser, or nothing."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("TEST_CHROMIUM") or next(filter(None, map(shutil.which, names)), "")


def missing() -> dict[str, str]:
    """Marker → why it cannot run here."""
    reasons = {}
    if os.environ.get("TEST_DATABASE") != "postgres":
        reasons["postgres"] = "PostgreSQL not in use (TEST_POSTGRES_URL and TEST_DATABASE=postgres)"
    if not os.environ.get("TEST_REDIS_URL"):
        reasons["redis"] = "Redis not provided (TEST_REDIS_URL)"
    if not os.environ.get("TEST_S3_ENDPOINT"):
        reasons["s3"] = "S3 not provided (TEST_S3_ENDPOINT)"
    if not chromium():
        reasons["browser"] = "Chromium not found (TEST_CHROMIUM)"
    return reasons


SERVERS = {"postgres", "redis", "s3"}
ONCE = ("faults", "bench", "live/engine")  # they bring their own servers, or need none
PLACES = {"house": "platform/config", "browser": "browser"}  # where bootstrap.py looks for them, and nowhere else


def is_in(item, folders) -> bool:
    return any(f"/tests/{folder}/" in item.path.as_posix() for folder in folders)


def pytest_collection_modifyitems(items):
    reasons = missing()
    for item in items:
        for name, reason in reasons.items():
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))
        for name, folder in PLACES.items():
            if item.get_closest_marker(name) and not is_in(item, [folder]):
                raise pytest.UsageError(f"{item.nodeid} is marked {name} and belongs in tests/{folder}/")
        if not SERVERS & {mark.name for mark in item.iter_markers()} and is_in(item, ONCE):
            item.add_marker(pytest.mark.once)
        if item.get_closest_marker("redis"):
            item.add_marker(pytest.mark.xdist_group("redis"))  # servers started by two tests would hear each other


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser's path, for Playwright's `executable_path`."""
    return chromium()
