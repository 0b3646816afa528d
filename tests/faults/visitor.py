"""Someone at a browser: signed in, over real HTTP."""

import http.client
import json
import time
from urllib.parse import urlencode, urlsplit

from django.test import Client


class Visitor:
    def __init__(self, site, person):
        self.site = site
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        self.cookies = f"sessionid={client.cookies['sessionid'].value}; csrftoken={'c' * 32}"
        self.slowest = 0.0

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, form=None, *, body=None):
        """A form, or with `body` JSON."""
        kind = "application/json" if body is not None else "application/x-www-form-urlencoded"
        data = json.dumps(body) if body is not None else urlencode(form or {})
        return self.ask("POST", path, data, **{"Content-Type": kind})

    def ask(self, method, path, data=None, **headers):
        """(status, headers, content); the connection is this request's own."""
        began = time.monotonic()
        connection = http.client.HTTPConnection(urlsplit(self.site).netloc, timeout=60)
        more = {"Cookie": self.cookies, "X-CSRFToken": "c" * 32, "Origin": self.site}
        parts = urlsplit(path)
        try:
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), data, more | headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()
            self.slowest = max(self.slowest, time.monotonic() - began)
