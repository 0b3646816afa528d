from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from cohorts.models import Cohort
from courses.models import Lesson
from media.models import Asset

if TYPE_CHECKING:
    from live.models.relay import Relay


class Broadcast(models.Model):
    """One lesson as it happens. `epoch` fences the microphone: only the newest one may speak."""

    class State(models.TextChoices):
        WAITING = "waiting", _("候课")
        LIVE = "live", _("直播中")
        ENDED = "ended", _("已结束")

    lesson = models.OneToOneField(Lesson, on_delete=models.CASCADE, related_name="broadcast")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    epoch = models.PositiveIntegerField(default=0)
    media_t = models.PositiveBigIntegerField(default=0, help_text=_("媒体时钟，2.5 毫秒为一格"))
    slide = models.PositiveIntegerField(default=0, help_text=_("正在讲的课件页，0 = 没有"))
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    finalised_at = models.DateTimeField(null=True, blank=True)
    replay = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    replay_edit = models.PositiveBigIntegerField(default=0, help_text=_("回放里已有的最后一次改动"))
    hold_back = models.PositiveSmallIntegerField(default=0, help_text=_("听的人晚几秒听到，好让主持人来得及停"))
    halted_at = models.DateTimeField(null=True, blank=True, help_text=_("被立即停止的时刻，恢复后为空"))
    mic_holder = models.CharField(max_length=32, blank=True, help_text=_("谁拿着麦克风：一条连接的名字"))
    mic_until = models.DateTimeField(null=True, blank=True, help_text=_("过了这个时刻没有续，别人可以接过去"))
    cohorts: "models.ManyToManyField[Cohort, Relay]" = models.ManyToManyField(
        Cohort, through="Relay", related_name="broadcasts"
    )

    class Meta:
        verbose_name = _("直播")
        verbose_name_plural = _("直播")

    def __str__(self) -> str:
        return f"{self.lesson} · {self.get_state_display()}"
