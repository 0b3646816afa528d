"""Blocks that show what the school has: courses, lessons, teachers, membership. Names and prices are those of today."""

from collections.abc import Iterable
from copy import copy
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from cms.blocks.pictures import sizes
from membership.models import Plan, Tier

PORTRAIT = "fill-320x320"


class Known(blocks.PageChooserBlock):
    """Pages of one type, fetched together with the rows their card speaks of."""

    needs: tuple[str, ...] = ()

    def bulk_to_python(self, values: Iterable[int]) -> list[Any]:
        """In the order of `values`; None where a page is gone."""
        wanted = list(values)
        found = self.model_class.objects.select_related(*self.needs).in_bulk({pk for pk in wanted if pk})
        return [copy(found[pk]) if pk in found else None for pk in wanted]

    def get_preview_value(self) -> Any:
        return self.model_class.objects.select_related(*self.needs).live().first()


class CourseChooser(Known):
    needs = ("course__tier", "instructor")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"page_type": "cms.CoursePage"} | kwargs)


class CourseCards(blocks.StructBlock):
    """One course or several, each with its promise and what it costs."""

    title = blocks.CharBlock(label=_("小标题"), required=False, max_length=40)
    courses = blocks.ListBlock(CourseChooser(label=_("课程")), min_num=1, max_num=20, label=_("课程"))

    class Meta:
        icon = "doc-full"
        label = _("课程卡")
        template = "cms/blocks/courses.html"
        description = _("课名、一句话和价格，跟着课程页走。没有发布的课不显示。")

    def get_preview_value(self) -> Any:
        first = CourseChooser().get_preview_value()
        return self.normalize({"title": "", "courses": [first] if first else []})


class LessonCard(Known):
    """The way to one lesson; what is in it stays behind its own door."""

    needs = ("lesson__course",)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"page_type": "cms.LessonPage"} | kwargs)

    class Meta:
        icon = "media"
        label = _("小节卡")
        template = "cms/blocks/lesson.html"
        description = _("去一节课的路：题目、导语、能不能试听。没有发布的小节不显示。")


class InstructorCard(Known):
    """A teacher, as their own page introduces them."""

    needs = ("user", "portrait")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"page_type": "cms.InstructorPage"} | kwargs)

    class Meta:
        icon = "user"
        label = _("讲师卡")
        template = "cms/blocks/instructor.html"
        description = _("讲师的像、名字和一句话，点进去是讲师页。")

    def bulk_to_python(self, values: Iterable[int]) -> list[Any]:
        pages = super().bulk_to_python(values)
        portraits = [page.portrait for page in pages if page and page.portrait]
        prefetch_related_objects(portraits, Prefetch("renditions", sizes(PORTRAIT), to_attr="prefetched_renditions"))
        return pages


class PlanCards(blocks.StructBlock):
    """The memberships on sale, with their prices of today."""

    title = blocks.CharBlock(label=_("小标题"), required=False, max_length=40, default=_("会员"))

    class Meta:
        icon = "group"
        label = _("会员方案")
        template = "cms/blocks/plans.html"
        description = _("正在卖的会员和今天的价格，改价以后这里跟着变。")
        preview_value = {"title": "会员"}

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(value, parent_context)
        return context | {"tiers": _sold()}


def _sold() -> list[tuple[Tier, list[Plan]]]:
    """Each tier with what it costs, the cheapest first, as the plans come."""
    tiers: dict[Tier, list[Plan]] = {}
    for plan in Plan.objects.on_sale():
        tiers.setdefault(plan.tier, []).append(plan)
    return list(tiers.items())
