from notify.models.kind import SWITCHABLE, Kind
from notify.models.message import Message
from notify.models.wishes import Wishes

__all__ = ["SWITCHABLE", "Kind", "Message", "Wishes"]
