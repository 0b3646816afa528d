"""What is written in the room: chat in one's own cohort, questions to the host."""

import asyncio
import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from redis import RedisError

from accounts.models import User
from cohorts.models import Cohort
from live.access import may_host
from live.engine.hub import hub
from live.errors import AlreadyEnded, BadInput, TooFast
from live.models import Broadcast, Message, Question
from live.services.tickets import Visit
from web.limits import Limit, TooMany

logger = logging.getLogger(__name__)

LONGEST = 300
EMPTY = _("还没有写字。")
TOO_LONG = _("写得太长了，最多 300 个字。")
PATIENCE = 1.0  # seconds for telling others
PACE = Limit("talk", most=8, seconds=10)


def groups_of(visit: Visit) -> list[str]:
    """The channel groups a talk socket joins."""
    own = _host_group(visit.broadcast) if visit.hosts else _cohort_group(visit.broadcast, visit.cohort)
    return [own, _all_group(visit.broadcast)]


def say_in_chat(*, person: User, broadcast: Broadcast, cohort: Cohort | None, text: str) -> Message:
    """One line of chat, heard in its own cohort and by the host."""
    text = _checked(person, broadcast, text)
    message = Message.objects.create(
        broadcast=broadcast, cohort=cohort, person=person, text=text, t=media_time(broadcast)
    )
    told = chat_line(message)
    _tell(_cohort_group(broadcast.pk, cohort.pk if cohort else None), told)
    _tell(_host_group(broadcast.pk), told)
    return message


def ask(*, person: User, broadcast: Broadcast, cohort: Cohort | None, text: str) -> Question:
    """A question, put into the host's one queue."""
    text = _checked(person, broadcast, text)
    question = Question.objects.create(
        broadcast=broadcast, cohort=cohort, person=person, text=text, t=media_time(broadcast)
    )
    _tell(_host_group(broadcast.pk), question_line(question))
    return question


def answer_question(*, question: Question, state: str) -> Question:
    """Move a question on; only one is being answered at a time."""
    if state not in Question.State.values:
        raise BadInput
    with transaction.atomic():
        if state == Question.State.ANSWERING:
            others = Question.objects.filter(broadcast=question.broadcast, state=Question.State.ANSWERING)
            others.exclude(pk=question.pk).update(state=Question.State.ANSWERED)
        question.state = state
        question.save(update_fields=["state"])
    _tell(_host_group(question.broadcast_id), question_line(question))
    return question


def announce_state(broadcast: Broadcast) -> None:
    """Tell every page of the lesson that it began or ended."""
    _tell(_all_group(broadcast.pk), {"type": "state", "state": broadcast.state})


def media_time(broadcast: Broadcast) -> int:
    """The media clock now: as heard in this process, else as last written down."""
    room = hub().rooms.get(broadcast.pk)
    return max(broadcast.media_t, room.t if room else 0)


def chat_line(message: Message) -> dict[str, Any]:
    return {
        "type": "chat",
        "id": message.pk,
        "name": message.person.display_name,
        "seal": message.person.seal,
        "role": "host" if may_host(message.person, message.broadcast.lesson) else "member",
        "cohort": message.cohort.name if message.cohort else "",
        "text": message.text,
        "t": message.t,
    }


def question_line(question: Question) -> dict[str, Any]:
    return {
        "type": "question",
        "id": question.pk,
        "name": question.person.display_name,
        "cohort": question.cohort.name if question.cohort else "",
        "text": question.text,
        "state": question.state,
        "t": question.t,
    }


def _checked(person: User, broadcast: Broadcast, text: str) -> str:
    text = " ".join(str(text).split())
    if broadcast.state == Broadcast.State.ENDED:
        raise AlreadyEnded
    if not text:
        raise BadInput(str(EMPTY))
    if len(text) > LONGEST:
        raise BadInput(str(TOO_LONG))
    try:
        PACE.spend(f"{broadcast.pk}:{person.pk}")
    except TooMany as refusal:
        raise TooFast(retry_after=refusal.retry_after) from refusal
    return text


def _tell(group: str, message: dict[str, Any]) -> None:
    _send(group, {"type": "talk.message", "message": message})


def _send(group: str, message: dict[str, Any]) -> None:
    """What is said is in the database: a page that is not told sees it when it is opened again."""
    try:
        async_to_sync(_pass_on)(group, message)
    except (RedisError, OSError) as error:
        logger.warning("The channel layer is away (%s); nobody was told", error)


async def _pass_on(group: str, message: dict[str, Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        await get_channel_layer().group_send(group, message)


def _cohort_group(broadcast: int, cohort: int | None) -> str:
    return f"talk.{broadcast}.{cohort or 0}"


def _host_group(broadcast: int) -> str:
    return f"talk.{broadcast}.host"


def _all_group(broadcast: int) -> str:
    return f"talk.{broadcast}.all"
