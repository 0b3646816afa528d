from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from web import clock


class TierQuerySet(models.QuerySet["Tier"]):
    def shown(self) -> "TierQuerySet":
        """Those on the page: free, or sold in some period."""
        not_over = Q(plans__ends_at=None) | Q(plans__ends_at__gt=clock.now())
        sold = Q(plans__is_on_sale=True) & not_over | Q(rank=0)
        return self.filter(sold, is_archived=False).distinct()


class Tier(models.Model):
    """A level of membership; a higher `rank` opens all that a lower one does. Archived, never deleted.

    Rank 0 is the free seat of everyone who has signed in: it stands beside the others and is never sold.
    """

    slug = models.SlugField(_("网址名"), unique=True)
    name = models.CharField(_("名称"), max_length=40)
    promise = models.CharField(_("一句话"), max_length=120, blank=True)
    benefits = models.JSONField(_("权益"), default=list, blank=True, help_text=_("一行一项，例如：作业：老师批改"))
    rank = models.PositiveSmallIntegerField(
        _("级别"), default=1, unique=True, help_text=_("高一级的包含低一级的全部；0 是人人都有的免费席")
    )
    pause_days = models.PositiveSmallIntegerField(
        _("可暂停天数"), default=0, help_text=_("一年里最多能暂停几天；0 = 不能暂停")
    )
    max_devices = models.PositiveSmallIntegerField(
        _("最多几台设备"), default=0, blank=True, help_text=_("一个人在几台设备上能打开；0 = 不限")
    )
    max_streams = models.PositiveSmallIntegerField(
        _("最多几处同时听"), default=0, blank=True, help_text=_("一个人同一时刻在几处播放；0 = 不限")
    )
    is_archived = models.BooleanField(_("已归档"), default=False)

    objects = TierQuerySet.as_manager()

    class Meta:
        verbose_name = _("会员等级")
        verbose_name_plural = _("会员等级")
        ordering = ["rank"]

    def __str__(self) -> str:
        return self.name
