from live.views.actions import answer, ask, chat, end, slides, ticket
from live.views.clips import clip_sound, edit_clip
from live.views.console import console
from live.views.hls import hls_playlist, hls_segment
from live.views.ledger import ledger, ledger_csv, post, retry
from live.views.log import log
from live.views.outside import outside
from live.views.rehearsal import rehearsal
from live.views.relay import relay
from live.views.room import room
from live.views.sofar import sofar
from live.views.stopping import halt, hold_back

__all__ = [
    "answer", "ask", "chat", "clip_sound", "console", "edit_clip", "end", "halt", "hls_playlist", "hls_segment",
    "hold_back", "ledger", "ledger_csv", "log", "outside", "post", "rehearsal", "relay", "retry", "room", "slides", "sofar", "ticket",
]  # fmt: skip
