"""S9: what an operated school's answers tell browsers not to do."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.once
OPERATED = {
    "DEBUG": "0",
    "SECRET_KEY": "a-long-and-random-enough-text-that-only-this-test-knows-0123456789",
    "SITE_URL": "https://school.example",
    "ALLOWED_HOSTS": "school.example",
    "EMAIL_URL": "smtp://school:word@mail.example:25",
}
ASKING = """
import django, json
django.setup()
from django.conf import settings
from django.test import Client
asked = Client(SERVER_NAME="school.example", raise_request_exception=False)
plain, page = asked.get("/robots.txt"), asked.get("/robots.txt", secure=True)
media = asked.get("/media/file/nonsense/", secure=True)
cookies = [settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SESSION_COOKIE_SAMESITE]
print(json.dumps({
    "plain": [plain.status_code, plain.headers.get("Location")], "page": dict(page.headers),
    "media": [media.status_code, dict(media.headers)], "cookies": cookies,
}))
"""


@pytest.fixture
def operated(tmp_path):
    """A command run as on an operated school's machine."""

    def run(*command):
        here = {
            name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"
        }  # the browser's tests set it
        environment = {**here, **OPERATED, "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
        environment["PYTHONPATH"] = f"{settings.BASE_DIR}{os.pathsep}{settings.BASE_DIR / 'platform'}"
        return subprocess.run(
            [sys.executable, *command], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
        )

    return run


def test_s9_django_finds_nothing_to_better_in_an_operated_school(operated, promise):
    done = operated("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    found = re.findall(r"\((\w+\.[WE]\d+)\)", done.stderr)
    promise("S9", len(found), "findings of check --deploy", bound=0, kept=done.returncode == 0)
    assert (done.returncode, found) == (0, []), done.stderr


def test_s9_every_answer_says_what_a_browser_may_not_do(operated):
    done = operated("-c", ASKING)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["plain"] == [301, "https://school.example/robots.txt"]
    page = told["page"]
    assert page["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["X-Frame-Options"] == "DENY"
    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"
    policy = dict(part.strip().split(" ", 1) for part in page["Content-Security-Policy"].split(";"))
    assert policy["object-src"] == "'none'"
    assert "'unsafe-inline'" not in policy["script-src"]
    assert "'unsafe-eval'" not in policy["script-src"]
    assert told["cookies"] == [True, True, "Lax"]
    status, media = told["media"]
    assert status == 404
    assert media["X-Content-Type-Options"] == "nosniff"
