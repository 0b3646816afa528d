"""Several simulators of one folder, each at the address it had the last time."""

import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path

from payments.simulators.till import Books, Till, opened

KNOWN = {"wechat": "WechatTill", "alipay": "AlipayTill", "stripe": "StripeTill"}
ENDS = {signal.SIGTERM, signal.SIGINT}


class Taken(Exception):
    """Somebody else listens where a simulator was."""


def made(name: str, *, folder: Path, school: str) -> Till:
    """`school` is the address of the one whose money it pretends to take."""
    kind = getattr(import_module(f"payments.simulators.{name}"), KNOWN[name])
    if name == "stripe":  # the others are told with each payment where notices are to be posted
        till: Till = kind(Books(folder / "stripe-books.json"), endpoint=f"{school}/pay/webhook/stripe/")
    else:
        till = kind(folder=folder)
    return till


@contextmanager
def open_all(names: Sequence[str], *, folder: Path, school: str) -> Iterator[dict[str, str]]:
    """The settings with which the school reaches them. Raises `Taken`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        settings: dict[str, str] = {}
        for name in names:
            settings |= _open(stack, made(name, folder=folder, school=school), folder / "ports.json").environment()
        yield settings


def hold() -> None:
    """Keep SIGTERM and ctrl-C for `wait`. Before anybody is told that we are open: who knows may tell us to end at once."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)


def wait() -> None:
    """Until SIGTERM or ctrl-C, also one that was told since `hold`."""
    signal.sigwait(ENDS)


def _open(stack: ExitStack, till: Till, file: Path) -> Till:
    ports = json.loads(file.read_text()) if file.is_file() else {}
    port = ports.get(till.name, 0)
    try:
        stack.enter_context(opened(till, port))
    except OSError as error:
        sentence = f"Port {port}, where the simulator of {till.name} was, is taken. Remove {file} to choose others."
        raise Taken(sentence) from error
    file.write_text(json.dumps({**ports, till.name: int(till.url.rpartition(":")[2])}))
    return till
