"""The doors of the live room: thin ASGI applications that check a ticket, then only carry."""
