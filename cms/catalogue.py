"""The catalogue as somebody asks for it: what it may be sorted by, what they chose, and the courses that are left.

Everything asked for is compared with what there is before any of it reaches the database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from cms.models.subjects import Subject
from courses.hearing.progress import with_sound_ms
from courses.models import Completion, Course, Heard, Lesson

SHOWN = 24  # courses on one page
HOUR_MS = 3_600_000
ORDERS: dict[str, tuple[Any, ...]] = {
    "new": ("-first_published_at", "path"),
    "popular": ("-people", "path"),
    "short": (F("sound_ms").asc(nulls_last=True), "path"),
}


@dataclass(frozen=True)
class Option:
    """One value of a facet: what people call it, and which courses it leaves."""

    label: str
    leaves: Callable[[], Q]


@dataclass(frozen=True)
class Choice:
    """A link: chosen, it takes the choice back."""

    label: str
    url: str
    is_chosen: bool = False


@dataclass(frozen=True)
class Facet:
    name: str
    label: str
    options: dict[str, Option]


@dataclass(frozen=True)
class Group:
    """A facet as it is shown."""

    name: str
    label: str
    choices: list[Choice]


def measured(pages: QuerySet[Any]) -> QuerySet[Any]:
    """Course pages, each with `lesson_count` and `sound_ms` of what is published; without any, None."""
    lessons = Lesson.objects.filter(course=OuterRef("course"), is_published=True)
    found: QuerySet[Any] = pages.annotate(
        lesson_count=_of_course(lessons, Count("pk")), sound_ms=_of_course(with_sound_ms(lessons), Sum("sound_ms"))
    )
    return found


def met(pages: QuerySet[Any]) -> QuerySet[Any]:
    """Course pages, each with `people`: how many really listened to something of it, and how many finished something."""
    mine = {"lesson__course": OuterRef("course")}
    heard = _of_course(Heard.objects.filter(**mine), Count("person", distinct=True), "lesson__course")
    finished = _of_course(Completion.objects.filter(**mine), Count("person", distinct=True), "lesson__course")
    found: QuerySet[Any] = pages.annotate(people=Coalesce(heard, 0) + Coalesce(finished, 0))
    return found


def listened(pages: QuerySet[Any]) -> QuerySet[Any]:
    """Course pages, each with `listeners`: how many people really heard something of it."""
    heard = Heard.objects.filter(lesson__course=OuterRef("course"), heard_ms__gt=0)
    found: QuerySet[Any] = pages.annotate(
        listeners=Coalesce(_of_course(heard, Count("person", distinct=True), "lesson__course"), 0)
    )
    return found


def _of_course(rows: QuerySet[Any], found: Any, course: str = "course") -> Subquery:
    grouped = rows.order_by().values(course).annotate(found=found).values("found")
    return Subquery(grouped, output_field=IntegerField())


class Catalogue:
    """One page of it for one person."""

    def __init__(self, pages: QuerySet[Any], request: HttpRequest) -> None:
        self.all, self.person = pages, request.user
        self.path, self.asked = request.path, request.GET
        self.chosen = {
            facet.name: self.asked[facet.name] for facet in self.facets if self.asked.get(facet.name) in facet.options
        }
        self.order = self.asked.get("sort", "") if self.asked.get("sort") in ORDERS else ""

    @cached_property
    def facets(self) -> list[Facet]:
        return [
            Facet("subject", _("主题"), self._subjects()),
            Facet("opens", _("怎么听"), self._openings()),
            Facet("kind", _("形式"), self._kinds()),
            Facet("teacher", _("老师"), self._teachers()),
            Facet("length", _("长短"), self._lengths()),
        ]

    @cached_property
    def courses(self) -> Page[Any]:
        """The courses of this page, in order."""
        pages = measured(self.all)
        for facet in self.facets:
            if facet.name in self.chosen:
                pages = pages.filter(facet.options[self.chosen[facet.name]].leaves())
        pages = met(pages) if self.order == "popular" else pages
        ordered = pages.order_by(*ORDERS.get(self.order, ("path",)))
        return Paginator(ordered, SHOWN).get_page(self.asked.get("page"))

    @property
    def is_filtered(self) -> bool:
        return bool(self.chosen)

    @property
    def is_plain(self) -> bool:
        """Whether this is the address that search engines are to know."""
        return not (self.chosen or self.order or self.unknown)

    @property
    def unknown(self) -> list[str]:
        """What was asked for in words that mean nothing here, by the name of its facet."""
        strange = [facet.label for facet in self.facets if self.asked.get(facet.name) and facet.name not in self.chosen]
        return strange + ([_("排序")] if self.asked.get("sort") and not self.order else [])

    @property
    def groups(self) -> list[Group]:
        """What may be chosen; what all courses have in common is no choice."""
        return [
            Group(facet.name, facet.label, [self._choice(facet, value) for value in facet.options])
            for facet in self.facets
            if len(facet.options) > 1 or facet.name in self.chosen
        ]

    @property
    def taken(self) -> list[Choice]:
        """What is chosen now, each with the address without it."""
        return [self._choice(facet, self.chosen[facet.name]) for facet in self.facets if facet.name in self.chosen]

    @property
    def orders(self) -> list[Choice]:
        names = {"": _("学校排的"), "new": _("新开的"), "popular": _("学的人多"), "short": _("短的在前")}
        return [Choice(label, self._url(sort=value), value == self.order) for value, label in names.items()]

    @property
    def whole_url(self) -> str:
        return self.path

    @property
    def previous_url(self) -> str:
        return self._page_url(self.courses.previous_page_number()) if self.courses.has_previous() else ""

    @property
    def next_url(self) -> str:
        return self._page_url(self.courses.next_page_number()) if self.courses.has_next() else ""

    def _page_url(self, number: int) -> str:
        return self._url(page=str(number) if number > 1 else "")

    def _choice(self, facet: Facet, value: str) -> Choice:
        is_chosen = self.chosen.get(facet.name) == value
        url = self._url(**{facet.name: "" if is_chosen else value})
        return Choice(facet.options[value].label, url, is_chosen)

    def _url(self, **changed: str) -> str:
        """One address for one list, in whatever order its choices were made."""
        asked = {**self.chosen, "sort": self.order} | changed
        names = [*(facet.name for facet in self.facets), "sort", "page"]
        given = {name: asked[name] for name in names if asked.get(name)}
        return f"{self.path}?{urlencode(given)}" if given else self.path

    def _subjects(self) -> dict[str, Option]:
        names = Subject.objects.filter(pages__in=self.all).distinct().values_list("pk", "name")
        return {name: Option(name, lambda pk=pk: Q(subjects=pk)) for pk, name in names}  # type: ignore[misc]

    def _teachers(self) -> dict[str, Option]:
        people = User.objects.filter(pk__in=self.all.values("instructor")).order_by("name", "pk")
        return {
            str(one.pk): Option(one.display_name, lambda pk=one.pk: Q(instructor=pk))  # type: ignore[misc]
            for one in people
        }

    def _kinds(self) -> dict[str, Option]:
        lessons = Lesson.objects.filter(is_published=True)
        here = set(lessons.filter(course__in=self.all.values("course")).values_list("kind", flat=True).distinct())
        return {
            kind.value: Option(
                str(kind.label),
                lambda kind=kind: Q(course__in=lessons.filter(kind=kind).values("course")),  # type: ignore[misc]
            )
            for kind in Lesson.Kind
            if kind.value in here
        }

    def _openings(self) -> dict[str, Option]:
        mine = {"mine": Option(_("我的"), lambda: Q(course__in=Course.objects.opened_by(self.person).values("pk")))}
        return {
            "free": Option(_("免费"), lambda: Q(is_free=True)),
            "member": Option(_("会员可听"), lambda: Q(is_free=False, tier__isnull=False)),
            "single": Option(_("单独买"), lambda: Q(is_free=False, price__isnull=False)),
        } | (mine if isinstance(self.person, User) else {})

    def _lengths(self) -> dict[str, Option]:
        return {
            "short": Option(_("1 小时以内"), lambda: Q(sound_ms__lt=HOUR_MS)),
            "middle": Option(_("1 到 5 小时"), lambda: Q(sound_ms__gte=HOUR_MS, sound_ms__lt=5 * HOUR_MS)),
            "long": Option(_("5 小时以上"), lambda: Q(sound_ms__gte=5 * HOUR_MS)),
        }
