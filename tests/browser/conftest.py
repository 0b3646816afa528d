"""Real Chromium, a real microphone made of a sound file, and what was heard compared with what was said."""

import io
import os
import subprocess
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

from media.renditions import binary

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in this thread; nothing here is async

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
VOICE = Path(__file__).resolve().parents[2] / "cms/demo/tea-1-water.ogg"


@pytest.fixture(scope="session")
def spoken_wav(tmp_path_factory):
    """The voice that is played into the microphone, 48 kHz mono."""
    path = tmp_path_factory.mktemp("voice") / "spoken.wav"
    command = [binary(), "-v", "error", "-i", str(VOICE), "-ac", "1", "-ar", "48000", "-c:a", "pcm_s16le", str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.fixture(scope="session")
def playwright():
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture
def mouth(playwright, chromium_path, spoken_wav):
    """A browser whose microphone hears the voice."""
    flags = [
        *QUIET,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={spoken_wav}",
    ]
    browser = playwright.chromium.launch(executable_path=chromium_path, args=flags)
    yield browser
    browser.close()  # with all its contexts, and killed after half a minute: closing a context waits for ever at times


@pytest.fixture
def ears(playwright, chromium_path):
    """A browser for those who listen; each test has its own: one that plays for many hangs at times when a profile is closed."""
    flags = [*QUIET, "--autoplay-policy=user-gesture-required"]
    browser = playwright.chromium.launch(executable_path=chromium_path, args=flags)
    yield browser
    browser.close()


@pytest.fixture
def enter():
    """A page of someone who is signed in: `enter(browser, ben, url)`; `None` is a visitor."""
    from django.test import Client

    def open_page(browser, person, url, *, width=1440, height=900, has_worker=False, **more):
        workers = "allow" if has_worker else "block"  # with one, tests cannot stand in between page and school
        size = {"width": width, "height": height}
        context = browser.new_context(viewport=size, service_workers=workers, **{"locale": "zh-CN", **more})
        if person is not None:
            client = Client()
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
            site = "/".join(url.split("/")[:3])
            context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
        context.add_init_script("localStorage.qunkeTap = '1'")
        page = context.new_page()
        page.trouble = []
        page.on("pageerror", lambda error: page.trouble.append(str(error)))
        page.on("console", lambda line: page.trouble.append(line.text) if line.type == "error" else None)
        page.goto(url)
        return page

    return open_page


@pytest.fixture
def picture():
    """A slide's bytes."""
    data = io.BytesIO()
    Image.new("RGB", (640, 360), "#f6f1e7").save(data, "PNG")
    return data.getvalue()
