"""Carrying in, by the worker: what is big takes longer than a browser waits."""

import contextlib

from django_tasks import task

from accounts.models import User
from cms.carrying.cloning import clone_course
from cms.carrying.errors import CarryRefused
from cms.carrying.services import take_in
from cms.models import CoursePage, Parcel


@task(queue_name="media")
def carry(parcel_id: int, seen: str) -> None:
    with contextlib.suppress(CarryRefused):  # the parcel says why
        take_in(parcel=Parcel.objects.get(pk=parcel_id), seen=seen)


@task(queue_name="media")
def clone(page_id: int, by_id: int, title: str, days: int) -> int:
    """The key of the new course's page."""
    page = CoursePage.objects.get(pk=page_id)
    return int(clone_course(page=page, by=User.objects.get(pk=by_id), title=title, days=days).pk)
