"""What can be found: every published title, introduction, text and transcript, in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, models
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Value, When
from django.db.models.expressions import RawSQL
from wagtail.models import Page

from courses.models import Course, Lesson

if TYPE_CHECKING:
    from cms.searching.query import Query

MATCHES = {
    "sqlite": "SELECT rowid FROM cms_passage_words WHERE cms_passage_words MATCH %s",
    "postgresql": "SELECT id FROM cms_passage WHERE terms @@ %s::tsquery",
}


class Place(models.IntegerChoices):
    """Where it stands, the best first."""

    TITLE = 0
    INTRO = 1
    BODY = 2
    TRANSCRIPT = 3


def is_everywhere(query: Query, *, most: int) -> bool:
    """Whether it stands in more than so many places. Only so many are counted, and no row is read."""
    counted = f"SELECT COUNT(*) FROM ({MATCHES[connection.vendor]} LIMIT %s) AS counted"  # noqa: S608  a constant
    with connection.cursor() as cursor:
        cursor.execute(counted, [query.expression(connection.vendor), most + 1])
        return bool(cursor.fetchone()[0] > most)


class PassageQuerySet(models.QuerySet["Passage"]):
    def matching(self, query: Query) -> PassageQuerySet:
        """By the index of words alone: no text is read."""
        matches = RawSQL(MATCHES[connection.vendor], [query.expression(connection.vendor)])  # noqa: S611  a constant
        return self.filter(pk__in=matches)

    def holding(self, query: Query) -> PassageQuerySet:
        """The same ones, where few come into question: these are read, instead of looking up every hit in the school."""
        return self.filter(query.is_there())

    def out(self) -> PassageQuerySet:
        """On pages that are published, for everyone."""
        pages = Page.objects.live().public().filter(pk=OuterRef("page"))
        return self.filter(Exists(pages), Q(course=None) | Q(course__is_published=True))

    def readable(self, lessons: models.QuerySet[Lesson]) -> PassageQuerySet:
        """What is paid for is searched only for those who may open its lesson now: whether a word stands there is not told
        either."""
        return self.out().filter(Q(is_gated=False) | Q(lesson__in=lessons))

    def ranked(self, query: Query) -> PassageQuerySet:
        """`rank`: 0 is best. What holds the words just as they were typed comes before what holds them scattered."""
        if not query.may_be_scattered:
            return self.annotate(rank=F("place"))
        whole = Case(When(query.is_whole(), then=Value(0)), default=Value(len(Place)), output_field=IntegerField())
        return self.annotate(rank=F("place") + whole)


class Passage(models.Model):
    """A piece of what a page says. `lesson`, when it `is_gated`, is the one whose access decides who is shown it.

    `times`: of a transcript, when each line of `text` is said (ms). `words`: `text` as the index reads it, between spaces; the
    database keeps its own index of them (see the migration).
    """

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")
    course = models.ForeignKey(Course, on_delete=models.CASCADE, null=True, related_name="+")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, null=True, related_name="+")
    is_gated = models.BooleanField(default=False)
    place = models.PositiveSmallIntegerField(choices=Place)
    n = models.PositiveIntegerField(default=0, help_text="Its order on the page")
    times = models.JSONField(default=list)
    text = models.TextField()
    words = models.TextField()

    wagtail_reference_index_ignore = True
    objects = PassageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["page", "place", "n"]),
            models.Index(fields=["course", "page", "place"], condition=Q(is_gated=False), name="open_passages"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(is_gated=False) | Q(lesson__isnull=False), name="gated_by_a_lesson")
        ]

    def __str__(self) -> str:
        return self.text[:40]
