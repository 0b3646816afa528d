"""Choosing from the school's media, one kind at a time."""

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.generic.chooser import ChooseResultsView, ChooseView
from wagtail.admin.viewsets.chooser import ChooserViewSet

from cms.materials import LengthColumn
from courses.models import Lesson
from media.models import Asset


def of_kind(kind: str) -> QuerySet[Asset]:
    """What the school has of it, the newest first; what was made of several is nobody's to choose."""
    return Asset.objects.of_the_school().filter(kind=kind, is_made=False).order_by("-created_at", "-pk")


def with_its_lesson(assets: QuerySet[Asset]) -> QuerySet[Any]:
    """Each with `used_in`, the title of the lesson it belongs to; those that are still free stand first."""
    lessons = Lesson.objects.filter(Q(audio=OuterRef("pk")) | Q(pieces__asset=OuterRef("pk"))).order_by("pk")
    known: QuerySet[Any] = assets.annotate(is_used=Exists(lessons), used_in=Subquery(lessons.values("title")[:1]))
    return known.order_by("is_used", *assets.query.order_by)


class TitleFilter(BaseFilterForm):
    q = forms.CharField(
        label=gettext_lazy("按标题找"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("标题里的几个字")}),
    )

    def filter(self, objects: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.cleaned_data["q"].strip()
        self.is_searching, self.search_query = bool(wanted), wanted
        return objects.filter(title__icontains=wanted) if wanted else objects


class UsedColumn(Column):
    def get_value(self, instance: Any) -> str:
        return _("已用在“%(lesson)s”") % {"lesson": instance.used_in} if instance.used_in else "–"


def _chooser(kind: str, name: Any) -> ChooserViewSet:
    """Only what is of this kind, for nothing else fits the field."""

    class OfKind:
        filter_form_class = TitleFilter

        def get_object_list(self) -> QuerySet[Any]:
            return with_its_lesson(of_kind(kind))

        @property
        def columns(self) -> list[Column]:
            title: list[Column] = super().columns  # type: ignore[misc]
            length = [] if kind == Asset.Kind.FILE else [LengthColumn("duration_ms", label=_("时长"))]
            came = DateColumn("created_at", label=_("上传"))
            return [*title, *length, came, UsedColumn("used_in", label=_("用在"))]

    class Choose(OfKind, ChooseView):
        template_name = "cms/office/chooser.html"

    class Viewset(ChooserViewSet):
        model = Asset
        icon = "media"
        choose_one_text = choose_another_text = name
        choose_view_class = Choose
        choose_results_view_class = type("ChooseResults", (OfKind, ChooseResultsView), {})

    return Viewset(f"{kind}_chooser", url_prefix=f"{kind}-chooser")


SOUND = _chooser(Asset.Kind.AUDIO, gettext_lazy("选一段音频"))
FILM = _chooser(Asset.Kind.VIDEO, gettext_lazy("选一段视频"))
PAPER = _chooser(Asset.Kind.FILE, gettext_lazy("选一份文件"))
CHOOSERS = [SOUND, FILM, PAPER]
WIDGETS = {"audio": SOUND, "video": FILM, "deck": PAPER, "handout": PAPER}
