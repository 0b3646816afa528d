"""Pages by Django, sockets by Channels."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
pages = get_asgi_application()

from live.routing import application as sockets  # noqa: E402  the apps must be ready first

application = ProtocolTypeRouter({"http": pages, "websocket": sockets})
