"""What a signed-in page asks of a running school."""

import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.test import Client


def poster(site: str, person: Any, path: str, body: dict[str, Any] | None = None) -> Callable[[], tuple[int, Any]]:
    """A POST as a page's script sends it; call it to send, and get status and JSON."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    cookies = f"sessionid={client.cookies['sessionid'].value}; csrftoken={'c' * 32}"
    headers = {
        "Cookie": cookies,
        "X-CSRFToken": "c" * 32,
        "Origin": site,
        "Accept-Language": "zh-hans",
        "Content-Type": "application/json",
    }

    def send() -> tuple[int, Any]:
        connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=20)
        connection.request("POST", path, json.dumps(body or {}), headers)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content.startswith(b"{") else {}

    return send
