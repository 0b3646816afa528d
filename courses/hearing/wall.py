"""A person's own time, of which every moment is credited once: in whichever lesson, tab, device or report it comes first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from accounts.models import User
from courses.models import Lesson, Sitting

NEAR = timedelta(seconds=2)  # apart, two stretches of one lesson still are one sitting
MOST = 5000  # sittings since one ticket, a month at most: nobody sits down more often, and no program needs to


class Wall:
    """The sittings around some moments. Whoever writes holds the lock on the person."""

    def __init__(self, sittings: Iterable[Sitting]) -> None:
        self.sittings = list(sittings)
        self._touched: set[Sitting] = set()
        self._new: list[Sitting] = []

    @classmethod
    def of(cls, person: User, since: datetime) -> Self:
        """From the moment before which nothing can be credited."""
        return cls(Sitting.objects.of(person).filter(ended__gte=since - NEAR).order_by("began")[:MOST])

    def free(self, began: datetime, ended: datetime) -> list[tuple[datetime, datetime]]:
        """What of a stretch has not been credited yet."""
        if len(self.sittings) >= MOST:
            return []
        found = []
        for sitting in self.sittings:
            if began < sitting.began and sitting.began < ended:
                found.append((began, sitting.began))
            if sitting.began < ended:
                began = max(began, sitting.ended)
        return [*found, (began, ended)] if began < ended else found

    def take(self, person: User, lesson: Lesson, began: datetime, ended: datetime, ear_ms: int) -> None:
        """Credit a stretch that is free. It lengthens the sitting it adjoins, so that rows stay few."""
        sitting = self._beside(lesson, began, ended)
        if sitting is None:
            sitting = Sitting(person=person, lesson=lesson, began=began, ended=ended)
            self._new.append(sitting)
            self.sittings = sorted([*self.sittings, sitting], key=lambda one: one.began)
        sitting.began, sitting.ended = min(sitting.began, began), max(sitting.ended, ended)
        sitting.ear_ms += ear_ms
        self._touched |= {sitting} if sitting.pk else set()

    def _beside(self, lesson: Lesson, began: datetime, ended: datetime) -> Sitting | None:
        """The one just before it or just after it, of the same lesson."""
        before = [one for one in self.sittings if one.ended <= began][-1:]
        after = [one for one in self.sittings if one.began >= ended][:1]
        near = [one for one in before if began - one.ended <= NEAR] + [
            one for one in after if one.began - ended <= NEAR
        ]
        return next((one for one in near if one.lesson_id == lesson.pk), None)

    def save(self) -> None:
        Sitting.objects.bulk_update(self._touched, ["began", "ended", "ear_ms"])
        Sitting.objects.bulk_create(self._new)
