"""The table of what a page carries: one row per field, and by name what is left out and why.

The rows are made from the model, so that a field added to a page is carried from that day; a field of a kind that
nobody said how to carry fails the suite.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import models
from modelcluster.fields import ParentalKey
from modelcluster.models import get_all_child_relations
from wagtail.fields import RichTextField, StreamField
from wagtail.images import get_image_model

from accounts.models import User
from cms.carrying import codecs
from cms.models import CoursePage, LessonPage, Subject
from media.models import Asset
from membership.models import Tier

OF_THE_TREE = [
    "id",
    "path",
    "depth",
    "numchild",
    "page_ptr",
    "translation_key",
    "locale",
    "content_type",
    "url_path",
    "alias_of",
    "owner",
]
OF_PUBLISHING = [
    "live",
    "has_unpublished_changes",
    "first_published_at",
    "last_published_at",
    "live_revision",
    "latest_revision",
    "latest_revision_created_at",
    "go_live_at",
    "expire_at",
    "expired",
    "locked",
    "locked_at",
    "locked_by",
    "draft_title",
]
LEFT_OUT: dict[str, str] = {
    **dict.fromkeys(OF_THE_TREE, "where a page stands in this school; its lasting id is `id`"),
    **dict.fromkeys(OF_PUBLISHING, "what is carried in is a draft"),
    "course": "what was bought and opened here",
    "lesson": "what was opened here",
}
CODECS: tuple[tuple[type[models.Field[Any, Any]], codecs.Codec], ...] = (
    (StreamField, codecs.BODY),
    (RichTextField, codecs.RICH),
    (models.DecimalField, codecs.DECIMAL),
    (models.DateTimeField, codecs.MOMENT),
    (models.DateField, codecs.DAY),
    (models.TimeField, codecs.DAY),
    (models.DurationField, codecs.SPAN),
    *(
        (kind, codecs.PLAIN)
        for kind in (
            models.CharField,
            models.TextField,
            models.BooleanField,
            models.IntegerField,
            models.FloatField,
            models.JSONField,
        )
    ),
)
TARGETS: dict[type[models.Model], codecs.Codec] = {
    User: codecs.PERSON,
    Tier: codecs.TIER,
    Asset: codecs.RECORDING,
    get_image_model(): codecs.PICTURE,
    LessonPage: codecs.LESSON,
    Subject: codecs.SUBJECTS,
}


class NotCarried(TypeError):
    """Nobody said how this field is carried. A mistake of ours."""


@dataclass(frozen=True)
class Row:
    """How one field is carried."""

    field: Any
    codec: codecs.Codec

    @property
    def name(self) -> str:
        return str(self.field.name)

    @property
    def label(self) -> str:
        return str(self.field.verbose_name)


@dataclass(frozen=True)
class Rows:
    """Things in order that belong to a page, each with fields of its own."""

    name: str
    model: type[models.Model]
    label: str


@cache
def table(model: Any) -> tuple[Row | Rows, ...]:
    """What pages of this type carry, in the order of the file."""
    return (*map(_row, _concrete(model)), *_children(model))


def _concrete(model: type[models.Model]) -> Iterator[Any]:
    left_out = LEFT_OUT if issubclass(model, (CoursePage, LessonPage)) else {"id"}
    for field in (*model._meta.concrete_fields, *model._meta.many_to_many):
        if field.name not in left_out and field.name != "sort_order" and not isinstance(field, ParentalKey):
            yield field


def _row(field: Any) -> Row:
    if field.is_relation:
        codec = TARGETS.get(field.related_model)
        if codec:
            return Row(field, codec)
    for kind, codec in CODECS:
        if isinstance(field, kind):
            return Row(field, codec)
    raise NotCarried(f"{field.model.__name__}.{field.name}: say how it is carried, or leave it out by name")


def _children(model: type[models.Model]) -> Iterator[Rows]:
    for relation in get_all_child_relations(model):
        name = relation.get_accessor_name()
        if relation.related_model._meta.app_label != "wagtailcore" and name not in LEFT_OUT:
            yield Rows(name, relation.related_model, str(relation.related_model._meta.verbose_name))
