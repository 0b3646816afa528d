"""The network between a browser and the school, to be cut and mended."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class Cable:
    """Carries TCP to `url`; while it is cut nothing passes and nobody is answered."""

    def __init__(self, url):
        self.far = (urlsplit(url).hostname, urlsplit(url).port)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        self.is_whole = True
        self.ends = []
        threading.Thread(target=self._answer, daemon=True).start()

    def cut(self):
        self.is_whole = False
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.ends = []

    def mend(self):
        self.is_whole = True

    def remove(self):
        self.cut()
        self.door.close()

    def _answer(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.door.accept()
                if not self.is_whole:
                    near.close()
                    continue
                far = socket.create_connection(self.far)
                self.ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(one, other):
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    for end in (one, other):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
