"""What every simulator shares: a small HTTP server, a clock that can be moved, books in one file, and notices that are
posted again and again until they are answered."""

import json
import logging
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PATIENCE_SECONDS = 5
log = logging.getLogger("simulators")


@dataclass(frozen=True)
class Ask:
    """One request. `body` is exactly what was sent: signatures are over these bytes; `found` holds named groups."""

    method: str
    path: str
    target: str
    query: dict[str, str]
    headers: "Message[str, str]"  # names in any case
    body: bytes
    found: dict[str, str]

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body or b"{}")


@dataclass(frozen=True)
class Reply:
    body: bytes | str = b""
    status: int = 200
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Ask], Reply]


class Clock:
    """Seconds since 1970, as far ahead of the real ones as it was told to be."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += seconds


@dataclass
class Letter:
    """A notice on its way. `write` signs it anew for each attempt: (headers, body)."""

    url: str
    write: Callable[[], tuple[dict[str, str], bytes]]
    due: float
    attempts: int = 0
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    is_over: bool = False


class Post:
    """Posts notices: each at once, then after every pause of `pauses` (seconds) until `is_taken(status, body)`.

    `is_cut` loses every attempt, as a line that is down does.
    """

    def __init__(self, clock: Clock, pauses: list[float], is_taken: Callable[[int, bytes], bool]) -> None:
        self.clock, self.pauses, self.is_taken = clock, pauses, is_taken
        self.letters: list[Letter] = []
        self.is_cut = False
        self._moved = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._work, daemon=True)

    def open(self) -> None:
        self._thread.start()

    def close(self) -> None:
        with self._moved:
            self._is_closed = True
            self._moved.notify_all()
        self._thread.join()

    def send(self, url: str, write: Callable[[], tuple[dict[str, str], bytes]]) -> Letter:
        letter = Letter(url, write, due=self.clock.now())
        with self._moved:
            self.letters.append(letter)
            self._moved.notify_all()
        return letter

    def again(self, letter: Letter) -> tuple[int, bytes]:
        """Post it once more now, whatever became of it, and say what was answered."""
        answer = _post(letter.url, *letter.write())
        letter.answers.append(answer)
        return answer

    def settle(self, seconds: float = 10) -> None:
        """Wait until nothing is due."""
        end = time.monotonic() + seconds
        while any(not one.is_over and one.due <= self.clock.now() for one in self.letters):
            if time.monotonic() > end:
                raise TimeoutError("A notice is still being posted")
            time.sleep(0.01)

    def _work(self) -> None:
        while not self._is_closed:
            with self._moved:
                self._moved.wait(0.05)
                due = [one for one in self.letters if not one.is_over and one.due <= self.clock.now()]
            for letter in due:
                self._attempt(letter)

    def _attempt(self, letter: Letter) -> None:
        status, body = (0, b"") if self.is_cut else _post(letter.url, *letter.write())
        letter.answers.append((status, body))
        letter.attempts += 1
        taken = self.is_taken(status, body)
        if taken or letter.attempts > len(self.pauses):
            letter.is_over = True
        else:
            letter.due = self.clock.now() + self.pauses[letter.attempts - 1]


def _post(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    """(status, answer); status 0 when nobody answered."""
    try:
        request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310  the school that asked for it
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()
    except (OSError, ValueError):
        return 0, b""


class Books:
    """What the simulator remembers: tables of rows by key, kept in `file` when there is one.

    Hold `lock` while reading and changing; `save()` afterwards.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.lock, self.file = threading.RLock(), file
        kept = json.loads(file.read_text("utf-8")) if file and file.is_file() else {}
        self.tables: dict[str, dict[str, dict[str, Any]]] = kept

    def __getitem__(self, table: str) -> dict[str, dict[str, Any]]:
        return self.tables.setdefault(table, {})

    def save(self) -> None:
        if self.file:
            written = self.file.with_suffix(".new")
            written.write_text(json.dumps(self.tables, ensure_ascii=False), "utf-8")
            written.replace(self.file)


class Till:
    """A simulator's counter. Subclasses add routes in `__init__`: `self.on("POST", r"/v3/pay/(?P<way>\\w+)", handler)`;
    the first pattern that matches the whole path answers. Call `open(port)`, then `url` is where it listens."""

    name = "till"
    pauses: tuple[float, ...] = (15, 15, 30, 180, 600)

    def __init__(self, books: Books | None = None) -> None:
        self.clock, self.books = Clock(), books or Books()
        self.post = Post(self.clock, list(self.pauses), self.is_taken)
        self.asked: list[Ask] = []
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []
        self._server: ThreadingHTTPServer | None = None
        self._failing: list[Reply] = []

    def is_taken(self, status: int, body: bytes) -> bool:
        """Whether the school's answer ends the posting of a notice."""
        return 200 <= status < 300

    def environment(self) -> dict[str, str]:
        """The settings with which a school reaches this simulator, by the names in `.env.example`."""
        raise NotImplementedError

    def on(self, method: str, pattern: str, handler: Handler) -> None:
        self._routes.append((method, re.compile(pattern), handler))

    def fail_next(self, *replies: Reply) -> None:
        """Give these answers to the next requests of the school's client instead of acting."""
        self._failing.extend(replies)

    @property
    def url(self) -> str:
        if self._server is None:
            raise RuntimeError("The simulator is not open")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def open(self, port: int = 0) -> None:
        till = self

        class Counter(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body are two writes: the second would wait 40 ms for the first

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                reply = till.answer(self.command, self.path, self.headers, self.rfile.read(length))
                body = reply.body.encode() if isinstance(reply.body, str) else reply.body
                self.send_response(reply.status)
                for name, value in {"Content-Type": reply.kind, **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_DELETE = do_PATCH = do_PUT = answer

            def log_message(self, format: str, *args: Any) -> None:
                log.info(format, *args)

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Counter)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.post.open()

    def close(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self.post.close()

    def answer(self, method: str, target: str, headers: "Message[str, str]", body: bytes) -> Reply:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        for wanted, pattern, handler in self._routes:
            match = pattern.fullmatch(parts.path)
            if match and wanted == method:
                ask = Ask(method, parts.path, target, query, headers, body, match.groupdict())
                self.asked.append(ask)
                if self._failing:
                    return self._failing.pop(0)
                return handler(ask)
        return Reply('{"code":"NOT_FOUND"}', status=404)


@contextmanager
def opened(till: Till, port: int = 0) -> Iterator[Till]:
    till.open(port)
    try:
        yield till
    finally:
        till.close()


def page(title: str, inside: str) -> Reply:
    """A page the buyer sees. It says on its face that no money moves here."""
    frame = (
        '<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width,initial-scale=1"><link rel=icon href="data:,"><title>{title}</title><style>body{{font:17px/1.6 system-ui;'
        "max-width:26rem;margin:12vh auto;padding:0 1.25rem;color:#1f1b16;background:#f8f7f3}}button{{display:block;"
        "width:100%;padding:.8rem;margin:.75rem 0;font:inherit;border:1px solid #888;background:#fff;cursor:pointer}}"
        "button.go{{background:#0a7a3c;border-color:#0a7a3c;color:#fff}}h1{{font-size:1.5rem}}"
        ".note{{color:#8a4b00}}</style><h1>{title}</h1><p class=note>模拟器：不收真钱</p>{inside}</html>"
    )
    return Reply(frame.format(title=title, inside=inside), kind="text/html; charset=utf-8")
