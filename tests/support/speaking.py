"""A teacher who goes on speaking while a test does something else."""

import asyncio
import contextlib
import itertools
import threading
from pathlib import Path

from live.client import Speaker, door, opus_packets

VOICE = Path(__file__).resolve().parents[2] / "cms/demo/tea-1-water.ogg"


def keep_speaking(site: str, ticket: str, stop: threading.Event) -> None:
    """Speak the voice round and round until told to stop; runs in a thread of its own."""
    asyncio.run(_speak(site, ticket, stop))


async def _speak(site: str, ticket: str, stop: threading.Event) -> None:
    packets = itertools.cycle(list(opus_packets(VOICE)))
    async with door(site, "speak", ticket) as socket:
        speaker = Speaker(socket)
        await speaker.greet()
        listening = asyncio.create_task(speaker.listen())
        await speaker.say(itertools.takewhile(lambda _: not stop.is_set(), packets))
        await speaker.all_durable()
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
