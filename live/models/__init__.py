from live.models.broadcast import Broadcast
from live.models.log import Clip, Event, Slide
from live.models.relay import Relay
from live.models.talk import Message, Question
from live.models.ticket import Ticket

__all__ = ["Broadcast", "Clip", "Event", "Message", "Question", "Relay", "Slide", "Ticket"]
