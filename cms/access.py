"""Who may open a picture or a document: whoever may open a page that shows it, itself or in a shared text."""

from functools import cached_property
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from wagtail.models import Page, ReferenceIndex

from cms.models import SharedText
from courses.access import may_open
from courses.models import Lesson
from media.gate import Person


class Uses:
    """The pages that show one thing, asked of Wagtail's index of references.

    A page type names its `open_fields`: what is shown there is for everyone who can see the page. Anything else of it is
    as open as its lesson. What no page shows, as yet or any more, is for the office.
    """

    def __init__(self, thing: Model) -> None:
        self.shown: set[int] = set()
        self.kept: set[int] = set()
        texts = self._note(ReferenceIndex.get_references_to(thing))
        if texts:
            self._note(_references_to(texts))

    def _note(self, references: QuerySet[ReferenceIndex]) -> set[int]:
        """Which pages these are of, and answers the shared texts among them: those are as open as what shows them."""
        page, text = _content_type(Page), _content_type(SharedText)
        texts = set()
        facts = references.filter(base_content_type__in=(page, text))
        for pk, base, kind, path in facts.values_list(
            "object_id", "base_content_type_id", "content_type_id", "model_path"
        ):
            if base == text.pk:
                texts.add(int(pk))
            else:
                (self.shown if _is_open(kind, path) else self.kept).add(int(pk))
        return texts

    @cached_property
    def are_public(self) -> bool:
        """Whether anyone at all may have it."""
        return bool(self.shown) and Page.objects.filter(pk__in=self.shown).live().public().exists()

    def open_to(self, person: Person) -> bool:
        return in_the_office(person) or self.are_public or self._by_a_lesson(person)

    def _by_a_lesson(self, person: Person) -> bool:
        lessons = Lesson.objects.filter(page__in=self.kept).select_related("course__tier") if self.kept else []
        return any(may_open(person, lesson) for lesson in lessons)


def in_the_office(person: Person) -> bool:
    return person.is_authenticated and person.is_active and person.is_staff


def _references_to(texts: set[int]) -> QuerySet[ReferenceIndex]:
    """Of the texts that are published: a draft shows nothing."""
    live = [str(pk) for pk in SharedText.objects.filter(pk__in=texts, live=True).values_list("pk", flat=True)]
    found: QuerySet[ReferenceIndex] = ReferenceIndex.objects.filter(
        to_content_type=_content_type(SharedText), to_object_id__in=live
    )
    return found


def _is_open(kind: int, path: str) -> bool:
    page: Any = ContentType.objects.get_for_id(kind).model_class()
    return path.partition(".")[0] in getattr(page, "open_fields", ())


def _content_type(model: type[Model]) -> ContentType:
    return ContentType.objects.get_for_model(model)
