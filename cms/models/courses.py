from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from cms.blocks import Text
from cms.standing import course_button, syllabus
from courses.access import course_access
from courses.models import Course
from membership.models import Tier

UNPRICED = _("还没有人能听到这门课：填单买价格，选会员等级，或者勾选免费。")


class CourseIndex(Page):
    """The catalogue."""

    subpage_types = ["cms.CoursePage"]
    parent_page_types = ["cms.SchoolHome"]
    max_count = 1

    class Meta:
        verbose_name = _("课程目录")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["courses"] = CoursePage.objects.live().child_of(self).select_related("instructor", "course", "tier")
        return context


class CoursePage(Page):
    """A course as people see it before they open it. Publishing writes its facts to `course`."""

    class Cloth(models.TextChoices):
        TEA = "tea", _("青")
        POEM = "poem", _("靛")
        CHILD = "child", _("赭")

    promise = models.CharField(_("一句话"), max_length=80, help_text=_("学完以后会怎样"))
    instructor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("讲师")
    )
    teacher = models.CharField(_("讲师介绍"), max_length=160, blank=True)
    cloth = models.CharField(_("封面布色"), max_length=6, choices=Cloth, default=Cloth.TEA)
    price = models.DecimalField(
        _("单买价格 (元)"),
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text=_("不填就是不单卖"),
    )
    tier = models.ForeignKey(
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("哪级会员可听")
    )
    is_free = models.BooleanField(_("免费"), default=False)
    outcomes = models.TextField(_("学完之后"), blank=True, help_text=_("一行一条"))
    about = StreamField(Text(), verbose_name=_("介绍"), blank=True)
    course = models.OneToOneField(
        Course, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="page"
    )

    open_fields = ("about",)
    content_panels = [
        *Page.content_panels,
        FieldPanel("promise"),
        MultiFieldPanel([FieldPanel("instructor"), FieldPanel("teacher")], heading=_("谁来讲")),
        MultiFieldPanel([FieldPanel("price"), FieldPanel("tier"), FieldPanel("is_free")], heading=_("怎么收费")),
        FieldPanel("cloth"),
        FieldPanel("outcomes"),
        FieldPanel("about"),
    ]
    search_fields = [*Page.search_fields, index.SearchField("promise"), index.SearchField("about")]
    subpage_types = ["cms.LessonPage"]
    parent_page_types = ["cms.CourseIndex"]

    class Meta:
        verbose_name = _("课程页")

    def clean(self) -> None:
        super().clean()
        if not (self.price or self.tier_id or self.is_free):
            raise ValidationError({"price": UNPRICED})

    @property
    def fen(self) -> int | None:
        """The price in minor units."""
        return int(self.price * 100) if self.price else None

    @property
    def outcome_list(self) -> list[str]:
        return [line.strip() for line in self.outcomes.splitlines() if line.strip()]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """`answer`: may I open it; `button`: the one true next step; `lessons`: the syllabus as I may see it."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        if self.course:
            answer = course_access(request.user, self.course)
            lessons = syllabus(self.course)
            context |= {"answer": answer, "lessons": lessons, "button": course_button(self.course, answer, lessons)}
            context["refund_days"] = settings.REFUND_WINDOW_DAYS
        return context
