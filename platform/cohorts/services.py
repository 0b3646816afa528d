"""Sorting cohorts."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from cohorts.models import Cohort, Segment, Tag


@transaction.atomic
def save_segment(
    *, name: str, tags: Iterable[Tag] = (), courses: Iterable[Any] = (), cohorts: Iterable[Cohort] = ()
) -> Segment:
    """Keep a choice of cohorts under a name; saving under the same name replaces it."""
    segment, __ = Segment.objects.get_or_create(name=" ".join(name.split()))
    segment.tags.set(tags)
    segment.courses.set(courses)
    segment.cohorts.set(cohorts)
    return segment
