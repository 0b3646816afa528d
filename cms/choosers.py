"""Choosing from the school's media, one kind at a time."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.generic.chooser import ChooseResultsView, ChooseView
from wagtail.admin.viewsets.chooser import ChooserViewSet

from media.models import Asset


def of_kind(kind: str) -> QuerySet[Asset]:
    """What the school has of it, the newest first; what was made of several is nobody's to choose."""
    return Asset.objects.of_the_school().filter(kind=kind, is_made=False).order_by("-created_at", "-pk")


def _chooser(kind: str, name: Any) -> ChooserViewSet:
    """Only what is of this kind, for nothing else fits the field."""

    class OfKind:
        def get_object_list(self) -> QuerySet[Asset]:
            return of_kind(kind)

    class Viewset(ChooserViewSet):
        model = Asset
        icon = "media"
        choose_one_text = choose_another_text = name
        choose_view_class = type("Choose", (OfKind, ChooseView), {})
        choose_results_view_class = type("ChooseResults", (OfKind, ChooseResultsView), {})

    return Viewset(f"{kind}_chooser", url_prefix=f"{kind}-chooser")


SOUND = _chooser(Asset.Kind.AUDIO, _("选一段音频"))
FILM = _chooser(Asset.Kind.VIDEO, _("选一段视频"))
PAPER = _chooser(Asset.Kind.FILE, _("选一份文件"))
CHOOSERS = [SOUND, FILM, PAPER]
WIDGETS = {"audio": SOUND, "video": FILM, "deck": PAPER, "handout": PAPER}
