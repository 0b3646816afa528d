from live.views.actions import answer, ask, chat, end, relay, slides, ticket
from live.views.console import console
from live.views.log import log
from live.views.room import room

__all__ = ["answer", "ask", "chat", "console", "end", "log", "relay", "room", "slides", "ticket"]
