from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses.models.course import Course
from membership import crockford


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def of(self, person: User) -> CertificateQuerySet:
        return self.filter(person=person)


class Certificate(models.Model):
    """That somebody finished a course, with the words of the day it was given: what is renamed later does not change it.

    Whoever has the code may read it. It is never deleted: one that should not stand is revoked, with a reason.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="certificates", verbose_name=_("人")
    )
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="certificates", verbose_name=_("课程"))
    code = models.CharField(_("编号"), max_length=crockford.LENGTH, unique=True, default=crockford.draw, editable=False)
    name = models.CharField(_("姓名"), max_length=40, blank=True)
    former_names = models.JSONField(
        _("改过的姓名"), default=list, blank=True, help_text=_("每次改名：原来的名字和时间")
    )
    course_title = models.CharField(_("课名"), max_length=120)
    teacher_name = models.CharField(_("讲师"), max_length=80)
    lessons = models.PositiveIntegerField(_("节数"))
    ear_ms = models.PositiveBigIntegerField(
        _("实际收听"), null=True, blank=True, help_text=_("毫秒；空 = 这门课没有声音")
    )
    issued_at = models.DateTimeField(_("颁发时间"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    revoked_reason = models.CharField(_("撤销的原因"), max_length=200, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("谁撤销的"),
    )

    objects = CertificateQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("证书")
        verbose_name_plural = _("证书")
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "course"], name="certified_once"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_reason="") | (Q(revoked_at__isnull=False) & ~Q(revoked_reason="")),
                name="revoked_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.person} · {self.course_title}"

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None

    @property
    def number(self) -> str:
        """The code as people read it."""
        return crockford.shown(self.code)

    @property
    def url(self) -> str:
        return reverse("certificates:check", args=[self.number])

    @property
    def heard(self) -> str:
        """In words, how long was really heard; empty where there was nothing to hear."""
        if self.ear_ms is None:
            return ""
        hours, minutes = divmod(self.ear_ms // 60_000, 60)
        if hours:
            return gettext("%(hours)s 小时 %(minutes)s 分") % {"hours": hours, "minutes": minutes}
        return gettext("%(minutes)s 分钟") % {"minutes": minutes} if minutes else gettext("不到 1 分钟")
