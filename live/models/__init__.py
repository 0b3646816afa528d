from live.models.broadcast import Broadcast
from live.models.delivery import Delivery
from live.models.hls import HlsSegment
from live.models.log import Clip, Event, Slide
from live.models.outside import OutsideGroup
from live.models.rehearsal import Rehearsal
from live.models.relay import Relay
from live.models.talk import Message, Question
from live.models.ticket import Keeper, Ticket

__all__ = [
    "Broadcast", "Clip", "Delivery", "Event", "HlsSegment", "Keeper", "Message", "OutsideGroup", "Question", "Rehearsal",
    "Relay", "Slide", "Ticket",
]  # fmt: skip
