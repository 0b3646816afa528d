"""Chat platforms as they speak to a bot, on this machine: what they were sent is kept, what they answer can be changed."""

import contextlib
import json
from http.server import BaseHTTPRequestHandler

import pytest
from listening import listening

WELL = {
    "wecom": (200, {"errcode": 0, "errmsg": "ok"}),
    "dingtalk": (200, {"errcode": 0, "errmsg": "ok"}),
    "feishu": (200, {"code": 0, "msg": "success", "data": {}}),
    "telegram": (200, {"ok": True, "result": {"message_id": 1}}),
    "slack": (200, "ok"),
    "discord": (204, ""),
}


class Receiver:
    """One platform. `answers` are given in turn, and then it is well again."""

    def __init__(self, kind):
        self.got, self.answers, self.url = [], [], ""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, json.loads(body)))
                status, said, *headers = receiver.answers.pop(0) if receiver.answers else WELL[kind]
                sent = (said if isinstance(said, str) else json.dumps(said)).encode()
                self.send_response(status)
                for name, value in dict(*headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *words):
                """Quietly."""

        self.handler = Handler


@pytest.fixture
def receivers(settings):
    """By name, a stand-in for every platform a school may speak to."""
    made = {kind: Receiver(kind) for kind in WELL}
    with contextlib.ExitStack() as open_ones:
        for one in made.values():
            one.url = open_ones.enter_context(listening(one.handler)).url
        settings.OUTSIDE_HOSTS = {kind: one.url for kind, one in made.items()}
        yield made
