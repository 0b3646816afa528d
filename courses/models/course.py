from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.models import Cohort, Segment
from membership.models import Grant, Tier


class CourseQuerySet(models.QuerySet["Course"]):
    def published(self) -> "CourseQuerySet":
        return self.filter(is_published=True)

    def opened_by(self, person: User | AnonymousUser) -> "CourseQuerySet":
        """Published courses that this person's grants open now, or that they teach."""
        if not isinstance(person, User):
            return self.none()
        standing = Grant.objects.of(person).in_force()
        rights: list[tuple[int | None, str]] = list(standing.values_list("tier__rank", "scope"))
        rank = max((rank for rank, _scope in rights if rank is not None), default=-1)
        scopes = [int(scope[7:]) for _rank, scope in rights if scope.startswith("course:")]
        return self.published().filter(
            models.Q(instructor=person) | models.Q(pk__in=scopes) | models.Q(tier__rank__lte=rank)
        )

    def with_progress_of(self, person: User | AnonymousUser) -> "CourseQuerySet":
        """Each with `lesson_count`, `done_count` of them that this person has finished, `next_up`, the title of the first that they
        have not, and `heard_at`, when they last listened.
        """
        lessons = self._of("Lesson", "course").filter(is_published=True)
        mine = {"person": person.pk, "lesson__is_published": True}
        finished = apps.get_model("courses", "Completion").objects.filter(
            person=person.pk, lesson=models.OuterRef("pk")
        )
        ahead = lessons.exclude(models.Exists(finished)).order_by("position", "pk")
        done, heard = (self._of(name, "lesson__course").filter(**mine) for name in ("Completion", "Heard"))
        return self.annotate(
            lesson_count=Coalesce(models.Subquery(lessons.annotate(n=models.Count("pk")).values("n")), 0),
            done_count=Coalesce(models.Subquery(done.annotate(n=models.Count("pk")).values("n")), 0),
            next_up=Coalesce(models.Subquery(ahead.values("title")[:1]), models.Value("")),
            heard_at=models.Subquery(heard.annotate(last=models.Max("at")).values("last")),
        )

    def _of(self, name: str, course: str) -> models.QuerySet[Any]:
        """The rows of a model that stands on this one, by course."""
        rows: models.QuerySet[Any] = apps.get_model("courses", name).objects.order_by()
        return rows.filter(**{course: models.OuterRef("pk")}).values(course)


class Course(models.Model):
    """What is sold and opened. Its page in the CMS writes these facts when it is published."""

    title = models.CharField(_("课名"), max_length=120)
    url = models.CharField(max_length=300, blank=True, help_text=_("课程页地址，由页面写入"))
    instructor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="courses_taught", verbose_name=_("讲师")
    )
    price = models.PositiveBigIntegerField(_("单买价格"), null=True, blank=True, help_text=_("分；空 = 不单卖"))
    currency = models.CharField(max_length=3, default="CNY")
    tier = models.ForeignKey(
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("会员可听")
    )
    is_free = models.BooleanField(_("免费"), default=False)
    gives_certificate = models.BooleanField(_("发结业证书"), default=False)
    allows_download = models.BooleanField(_("可以下载"), default=True)
    is_published = models.BooleanField(default=False)
    cohorts = models.ManyToManyField(Cohort, blank=True, related_name="courses", verbose_name=_("群"))
    segments = models.ManyToManyField(
        Segment, blank=True, related_name="courses", verbose_name=_("分组"), help_text=_("以这门课为条件的群的分组")
    )

    objects = CourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("课程")
        verbose_name_plural = _("课程")

    def __str__(self) -> str:
        return self.title

    @property
    def scope(self) -> str:
        """The name a grant uses for this course."""
        return f"course:{self.pk}"

    @property
    def goods(self) -> str:
        """The name an order uses for this course sold singly."""
        return f"course:{self.pk}"

    @property
    def is_sold(self) -> bool:
        return bool(self.price) and not self.is_free
