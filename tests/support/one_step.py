"""A provider's page as a buyer's browser meets it, one step at a time."""

import urllib.error
import urllib.request


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *about):
        return None


def fetch(url, data=None, **headers):
    """(status, where it leads, what it says), as a browser that does not follow."""
    try:
        answer = urllib.request.build_opener(Stay).open(urllib.request.Request(url, data, headers), timeout=10)
    except urllib.error.HTTPError as refusal:
        answer = refusal
    with answer:
        return answer.status, answer.headers.get("Location", ""), answer.read().decode()
