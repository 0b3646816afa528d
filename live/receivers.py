"""What other apps tell, heard by the live room."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_save
from django.dispatch import receiver

from accounts.models import User
from courses.models import Lesson
from courses.signals import lesson_published
from live.engine import hub
from live.models import Broadcast
from live.services.broadcasts import prepare_broadcast
from live.services.tickets import void_tickets
from membership.signals import device_released, grant_ended


@receiver(lesson_published)
def open_waiting_room(lesson: Lesson, **kwargs: Any) -> None:
    if lesson.kind == Lesson.Kind.LIVE:
        prepare_broadcast(lesson=lesson)


@receiver(grant_ended)
def close_doors(person: User, **kwargs: Any) -> None:
    """Every socket of someone whose right ended looks again; tickets not yet used are void."""
    void_tickets(person=person)
    _tell_open_rooms({"kind": "recheck", "person": person.pk})


@receiver(device_released)
def look_again(person: User, **kwargs: Any) -> None:
    """The sockets of the browser that was released close; those of the others find that all stands."""
    _tell_open_rooms({"kind": "recheck", "person": person.pk})


@receiver(user_logged_out)
def leave_rooms(user: User | None, **kwargs: Any) -> None:
    if user is not None:
        void_tickets(person=user)
        _tell_open_rooms({"kind": "leave", "person": user.pk})


@receiver(post_save, sender=User)
def show_out(instance: User, **kwargs: Any) -> None:
    """Someone banned leaves at once."""
    if not instance.is_active:
        leave_rooms(user=instance)


def _tell_open_rooms(message: dict[str, Any]) -> None:
    for broadcast in Broadcast.objects.exclude(state=Broadcast.State.ENDED).values_list("pk", flat=True):
        hub.control(broadcast, message)
