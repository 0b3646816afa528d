"""WebSockets by hand, for those who do not keep to the rules."""

import base64
import os
import socket
import struct
from pathlib import Path
from urllib.parse import urlsplit

TEXT, BINARY, CLOSE, PING, CONTINUED = 1, 2, 8, 9, 0


def plug(site, *, receive_buffer=None, patience=10):
    """A bare connection to a school."""
    url, bare = urlsplit(site), socket.socket()
    if receive_buffer:
        bare.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    bare.settimeout(patience)
    bare.connect((url.hostname, url.port))
    return bare


def handshake(site, part, ticket):
    host = urlsplit(site).netloc
    return (
        f"GET /ws/{part}/ HTTP/1.1\r\nHost: {host}\r\nOrigin: {site}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: qunke.1, ticket.{ticket}\r\n\r\n"
    ).encode()


def enter(site, part, ticket, **more):
    """A connection that was let in; its hello has been read."""
    bare = plug(site, **more)
    bare.sendall(handshake(site, part, ticket))
    seen = b""
    while b'"hello"' not in seen and b'"refused"' not in seen:
        data = bare.recv(4096)
        if not data:
            raise ConnectionError(seen)
        seen += data
    return bare, seen


def frame(opcode, payload=b"", *, last=True, masked=True, reserved=0):
    """One frame as a client sends it, right or wrong."""
    size, key = len(payload), os.urandom(4) if masked else b""
    flag = 0x80 if masked else 0
    head = bytes(((0x80 if last else 0) | reserved << 4 | opcode,))
    if size < 126:
        head += bytes((flag | size,))
    elif size < 65536:
        head += struct.pack("!BH", flag | 126, size)
    else:
        head += struct.pack("!BQ", flag | 127, size)
    body = bytes(byte ^ key[at & 3] for at, byte in enumerate(payload)) if masked else payload
    return head + key + body


def is_closed_soon(bare, *, patience=10):
    """Whether the other side hangs up. Who is told to go says nothing more: else each one is waited for, a second long."""
    bare.settimeout(patience)
    seen = b""
    try:
        while data := bare.recv(65536):
            seen = (seen + data)[-200:]
            if _ends_with_close(seen):
                bare.shutdown(socket.SHUT_WR)
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def _ends_with_close(data):
    """A close frame with its code (RFC 6455, 5.5.1) is the last thing."""
    at = data.rfind(b"\x88")
    while at >= 0:
        code = int.from_bytes(data[at + 2 : at + 4])
        if 1000 <= code < 5000 and at + 2 + data[at + 1] == len(data):
            return True
        at = data.rfind(b"\x88", 0, at)
    return False


def memory(pid):
    """Resident bytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
