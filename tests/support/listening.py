"""A web server of a stranger's, on this machine."""

import contextlib
import threading
from http.server import ThreadingHTTPServer


@contextlib.contextmanager
def listening(handler):
    """The server, and its `url`; it looks up every 20 ms whether it is to go, not every half second as by default."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
