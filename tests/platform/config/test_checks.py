"""Unsafe defaults are refused where strangers come."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as shipped

from config import checks

pytestmark = pytest.mark.once

GOOD = "k" * 50


@pytest.fixture
def production(settings, monkeypatch):
    """A school as it should be when strangers come."""
    settings.DEBUG = False
    settings.SECRET_KEY, settings.SECRET_KEY_IS_GENERATED = GOOD, False
    settings.PAYMENTS = ["stripe"]
    settings.ALLOWED_HOSTS = ["school.example.com"]
    settings.REDIS_URL = ""
    settings.S3_BUCKET = settings.S3_ENDPOINT = settings.S3_ACCESS_KEY = settings.S3_SECRET_KEY = ""
    monkeypatch.delenv("WEB_PROCESSES", raising=False)
    return settings


ALL = [checks.secret, checks.payments, checks.bus, checks.transcoder, checks.hosts, checks.bucket]


def refusals():
    return [message.id for check in ALL for message in check(None)]


def test_a_school_in_good_order_is_not_bothered(production):
    assert refusals() == []


def test_trying_things_out_is_not_bothered(settings, monkeypatch):
    monkeypatch.delenv("WEB_PROCESSES", raising=False)
    settings.DEBUG, settings.ALLOWED_HOSTS = True, ["*"]
    assert refusals() == []


@pytest.mark.parametrize(
    ("name", "value", "refused"),
    [
        ("SECRET_KEY_IS_GENERATED", True, "config.E001"),
        ("SECRET_KEY", "short", "config.E001"),
        ("PAYMENTS", ["stripe", "sandbox"], "config.E002"),
        ("FFMPEG", "/nowhere/ffmpeg", "config.E004"),
        ("ALLOWED_HOSTS", ["school.example.com", "*"], "config.E005"),
        ("S3_BUCKET", "lessons", "config.E006"),
        ("S3_SECRET_KEY", "secret", "config.E006"),
    ],
)
def test_each_unsafe_default_is_refused_by_name(production, name, value, refused):
    setattr(production, name, value)
    assert refusals() == [refused]


def test_a_whole_bucket_is_welcome(production):
    production.S3_BUCKET, production.S3_ENDPOINT = "lessons", "https://s3.example.com"
    production.S3_ACCESS_KEY, production.S3_SECRET_KEY = "key", "secret"
    assert refusals() == []


def test_several_processes_need_redis_between_them(production, monkeypatch):
    monkeypatch.setenv("WEB_PROCESSES", "2")
    assert refusals() == ["config.E003"]
    production.REDIS_URL = "redis://127.0.0.1"
    assert refusals() == []


def test_the_half_bucket_hint_names_what_is_missing(production):
    production.S3_BUCKET, production.S3_ACCESS_KEY = "lessons", "key"
    assert "S3_ENDPOINT, S3_SECRET_KEY" in checks.bucket(None)[0].hint


def test_manage_py_itself_refuses_to_go_on(tmp_path):
    """Everything wrong at once, as an operator would meet it."""
    environment = {
        **os.environ,
        "DEBUG": "0",
        "SECRET_KEY": GOOD,
        "ALLOWED_HOSTS": "*",
        "PAYMENTS": "sandbox",
        "WEB_PROCESSES": "2",
        "S3_BUCKET": "lessons",
        **dict.fromkeys(("S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY"), ""),
        "VAR_DIR": str(tmp_path),
        "REDIS_URL": "",
    }
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=shipped.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    for number in (2, 3, 5, 6):
        assert f"config.E00{number}" in done.stderr
    assert GOOD not in done.stderr
