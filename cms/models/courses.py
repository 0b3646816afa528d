from decimal import Decimal
from typing import Any

from django import forms
from django.apps import apps
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from cms.blocks import Text
from cms.catalogue import Catalogue
from cms.forms import CoursePageForm
from cms.models import sharing
from cms.models.subjects import Subject
from cms.models.whole import Whole
from cms.previewing.pages import SeenAsLearner
from cms.standing import course_button, openings_of, syllabus
from courses.access import course_access
from courses.hearing.services import progress_of
from courses.models import Course
from membership.models import Tier

ACCESS_DECIDES: list[str] = []
"""`private_page_options` of what is sold and of what stands above it: rights alone open it, and the room, the sound and the feeds ask
them too; a password on the page would close none of those."""
UNPRICED = _("还没有人能听到这门课：填单买价格，选会员等级，或者勾选免费。")


class CourseIndex(Page):
    """The catalogue."""

    subpage_types = ["cms.CoursePage"]
    parent_page_types = ["cms.SchoolHome"]
    private_page_options = ACCESS_DECIDES
    max_count = 1

    class Meta:
        verbose_name = _("课程目录")
        verbose_name_plural = _("课程目录")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        pages = CoursePage.objects.live().child_of(self).select_related("instructor", "course", "tier")
        catalogue = Catalogue(pages, request)
        context |= {"catalogue": catalogue, "courses": catalogue.courses}
        return context


def _introductions() -> QuerySet[Any]:
    """Of a course's teacher: the page that introduces them, once it is published."""
    pages: Any = apps.get_model("cms.InstructorPage")  # which stands on this module
    found: QuerySet[Any] = pages.objects.live().filter(user=OuterRef("instructor")).order_by("path")
    return found


class CoursePage(SeenAsLearner, Whole, Page):
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
    gives_certificate = models.BooleanField(
        _("发结业证书"),
        default=False,
        help_text=_(
            "学完所有已发布的小节，就自动得到一张能公开查验的证书。还没有回放的直播不算；以后再加小节，发过的证书照样有效"
        ),
    )
    allows_download = models.BooleanField(
        _("可以下载"),
        default=True,
        help_text=_("能听这门课的学员可以把声音存在手机里，没有网络也能听。权益到期后，存的声音下次联网就会删掉"),
    )
    subjects = ParentalManyToManyField(
        Subject, blank=True, related_name="pages", verbose_name=_("主题"), help_text=_("学员在课程目录里按它找课")
    )
    outcomes = models.TextField(_("学完之后"), blank=True, help_text=_("一行一条"))
    about = StreamField(Text(), verbose_name=_("介绍"), blank=True)
    course = models.OneToOneField(
        Course, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="page"
    )

    base_form_class = CoursePageForm
    share_picture = sharing.picture()
    open_fields = ("about",)
    content_panels = [
        *Page.content_panels,
        FieldPanel("promise"),
        MultiFieldPanel([FieldPanel("instructor"), FieldPanel("teacher")], heading=_("谁来讲")),
        MultiFieldPanel([FieldPanel("price"), FieldPanel("tier"), FieldPanel("is_free")], heading=_("怎么收费")),
        FieldPanel("subjects", widget=forms.CheckboxSelectMultiple),
        FieldPanel("cloth"),
        FieldPanel("outcomes"),
        FieldPanel("gives_certificate"),
        FieldPanel("allows_download"),
        FieldPanel("about"),
    ]
    promote_panels = sharing.promote_panels
    search_fields = [*Page.search_fields, index.SearchField("promise"), index.SearchField("about")]
    subpage_types = ["cms.LessonPage"]
    parent_page_types = ["cms.CourseIndex"]
    private_page_options = ACCESS_DECIDES
    exclude_fields_in_copy = ["course"]

    class Meta:
        verbose_name = _("课程页")
        verbose_name_plural = _("课程页")

    def with_content_json(self, content: dict[str, Any]) -> Any:
        """A revision from before the first publishing still is the page of the same course."""
        page = super().with_content_json(content)
        page.course_id = self.course_id
        return page

    def missing(self) -> dict[str, Any]:
        return {} if self.price is not None or self.tier_id or self.is_free else {"price": UNPRICED}

    @classmethod
    def to_show(cls) -> QuerySet[Any]:
        """Each with what showing it needs."""
        path = _introductions().values("url_path")[:1]
        pages: QuerySet[Any] = cls.objects.annotate(teacher_path=path)
        return pages.select_related("course__instructor", "course__tier", "instructor", "tier")

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
        if self.course_id:
            self._know_the_course()
            answer = course_access(request.user, self.course)
            lessons = syllabus(self.course)
            progress = context["progress"] = progress_of(person=request.user, lessons=lessons)
            openings = context["openings"] = openings_of(request.user, self.course, answer, lessons, progress)
            button = course_button(self.course, answer, lessons, progress, openings)
            context |= {"answer": answer, "lessons": lessons, "button": button}
            context["refund_days"] = settings.REFUND_WINDOW_DAYS
        return context

    def _know_the_course(self) -> None:
        """Its facts, unless they came along with the page; what is there already is not asked for again."""
        if not CoursePage.course.is_cached(self):
            self.course = Course.objects.select_related("instructor", "tier").get(pk=self.course_id)
        for name in ("instructor", "tier"):
            if getattr(self, f"{name}_id") == getattr(self.course, f"{name}_id"):
                setattr(self, name, getattr(self.course, name))
