"""What somebody finds: courses, each with its lessons, each with the places where the words stand."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import F, Min, Window
from django.db.models.functions import RowNumber

from cms.models import CoursePage, Passage, Place
from cms.models.passages import PassageQuerySet, is_everywhere
from cms.searching.marking import Part, marked, snippet
from cms.searching.query import Query
from courses.access import open_lessons
from media.gate import Person

MOST_PAGES = 200  # of the school; whoever gets more types more
GROUPS = 10  # on one page of results
LESSONS = 4  # of one course, before its own results are asked for
QUOTES = 3  # of one lesson
COMMON = 3000  # places; of what is paid for no more are read
FEW = 150  # lessons whose every piece is looked at


@dataclass(frozen=True)
class Quote:
    """`ms`: when it is said, in a transcript."""

    parts: list[Part]
    ms: int | None = None


@dataclass
class Found:
    """One page."""

    title: list[Part]
    url: str
    quotes: list[Quote] = field(default_factory=list)

    def at(self, ms: int) -> str:
        return f"{self.url}#t={ms}"


@dataclass
class Group:
    """A course with what was found in it, or a page that belongs to none. `more`: pages that are not shown here."""

    key: tuple[int | None, int]
    numbers: list[int]
    course: CoursePage | None = None
    pages: list[Found] = field(default_factory=list)
    more: int = 0


class Results:
    """One page of them, `number` from 1. A handful of queries, whatever is found and however much there is."""

    def __init__(self, person: Person, query: Query, *, number: int = 1, course: int | None = None) -> None:
        self.query, self.number, self.course = query, number, course
        self.lessons = open_lessons(person)  # asked once: what it rests on is in it

    def _here(self, passages: PassageQuerySet) -> PassageQuerySet:
        return passages.filter(course=self.course) if self.course else passages

    @cached_property
    def all(self) -> list[Group]:
        best: dict[int, tuple[int, int, int | None]] = {}
        for passages in self._considered:
            ranked = passages.ranked(self.query).values_list("course", "page").annotate(best=Min("rank"))
            for course, page, rank in ranked.order_by("best", "page")[:MOST_PAGES]:
                best[page] = min(best.get(page, (rank, page, course)), (rank, page, course))
        groups: dict[tuple[int | None, int], Group] = {}
        for _rank, page, course in sorted(best.values())[:MOST_PAGES]:
            key = (course, 0) if course else (None, page)
            groups.setdefault(key, Group(key, [])).numbers.append(page)
        return list(groups.values())

    @cached_property
    def _is_common(self) -> bool:
        return is_everywhere(self.query, most=COMMON)

    @property
    def _considered(self) -> list[PassageQuerySet]:
        """All of it; of a word that stands nearly everywhere, all that everyone may read, which is where the best is, and
        as much of the rest as can be read while somebody waits."""
        if not self._is_common:
            return [self._here(Passage.objects.matching(self.query).readable(self.lessons))]
        open_ = Passage.objects.filter(is_gated=False).out().holding(self.query)
        return [self._here(open_), Passage.objects.filter(pk__in=self._paid().values("pk")[:COMMON])]

    def _paid(self) -> PassageQuerySet:
        paid = Passage.objects.filter(is_gated=True).out()
        few = list(self.lessons.values_list("pk", flat=True)[: FEW + 1])
        if len(few) > FEW:
            return self._here(paid.filter(lesson__in=self.lessons).matching(self.query))
        return self._here(paid.filter(lesson__in=few).holding(self.query))

    @property
    def has_more(self) -> bool:
        return len(self.all) > self.number * GROUPS

    @property
    def is_cut(self) -> bool:
        """So much was found that the rest is left out."""
        return self._is_common or sum(len(group.numbers) for group in self.all) == MOST_PAGES

    @cached_property
    def groups(self) -> list[Group]:
        here = self.all[(self.number - 1) * GROUPS : self.number * GROUPS]
        courses = self._courses(here)
        for group in here:
            shown = group.numbers if self.course else group.numbers[:LESSONS]
            group.more = len(group.numbers) - len(shown)
            group.numbers = shown
            group.course = courses.get(group.key[0] or 0)
        found = self._found([number for group in here for number in group.numbers])
        for group in here:
            group.pages = [found[number] for number in group.numbers if number in found]
        return here

    def _courses(self, groups: Iterable[Group]) -> dict[int, CoursePage]:
        numbers = [group.key[0] for group in groups if group.key[0]]
        pages = CoursePage.objects.live().filter(course__in=numbers).select_related("course", "instructor")
        return {page.course_id: page for page in pages}

    def _found(self, numbers: list[int]) -> dict[int, Found]:
        """By page, its best places."""
        nth = Window(RowNumber(), partition_by=[F("page")], order_by=[F("rank"), F("n")])
        visible = self._here(Passage.objects.filter(page__in=numbers).readable(self.lessons))
        here = visible.holding(self.query) if self._is_common else visible.matching(self.query)
        best = here.ranked(self.query).annotate(nth=nth).filter(nth__lte=QUOTES)
        found: dict[int, Found] = {}
        for passage in best.select_related("page", "lesson", "course").order_by("page", "nth"):
            page = found.setdefault(passage.page_id, self._page(passage))
            if passage.place != Place.TITLE:
                page.quotes.append(self._quote(passage))
        return found

    def _page(self, passage: Passage) -> Found:
        known = passage.lesson or passage.course
        return Found(marked(passage.page.title, self.query), (known and known.url) or passage.page.url or "/")

    def _quote(self, passage: Passage) -> Quote:
        parts, line = snippet(passage.text, self.query)
        return Quote(parts, passage.times[line] if line < len(passage.times) else None)
