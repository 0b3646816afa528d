from django.db import models
from django.utils.translation import gettext_lazy as _

from live.models.broadcast import Broadcast
from media.models import Asset


class Event(models.Model):
    """The lesson log: what happened besides sound, stamped with the media clock. The page can be rebuilt from it."""

    class Kind(models.TextChoices):
        START = "start", _("开讲")
        CLIP_START = "clip_start", _("语音条开始")
        CLIP_END = "clip_end", _("语音条结束")
        SLIDE = "slide", _("翻页")
        END = "end", _("下课")
        POST = "post", _("老师发言")
        RETRACT = "retract", _("撤回语音条")
        RESTORE = "restore", _("恢复语音条")
        REPLACE = "replace", _("重录语音条")
        TRIM = "trim", _("裁剪语音条")
        HALT = "halt", _("立即停止")
        RESUME = "resume", _("恢复直播")
        OUTSIDE = "outside", _("发到外部群")

    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="events")
    n = models.PositiveIntegerField(null=True, help_text=_("麦克风一路的序号，从 1 起；从网页来的没有"))
    t = models.PositiveBigIntegerField(help_text=_("媒体时钟，2.5 毫秒为一格"))
    kind = models.CharField(max_length=12, choices=Kind)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["broadcast", "t", "id"]
        constraints = [models.UniqueConstraint(fields=["broadcast", "n"], name="one_event_per_number")]

    def __str__(self) -> str:
        return f"{self.n} {self.kind} @{self.t}"


class Clip(models.Model):
    """One press of the microphone, from letting in to letting go."""

    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="clips")
    n = models.PositiveIntegerField()
    starts_t = models.PositiveBigIntegerField()
    ends_t = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["broadcast", "n"]
        constraints = [models.UniqueConstraint(fields=["broadcast", "n"], name="one_clip_per_number")]

    def __str__(self) -> str:
        return f"{self.broadcast} · {self.n}"


class Slide(models.Model):
    """One page of the lesson's slides, as an image."""

    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="slides")
    n = models.PositiveIntegerField()
    image = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering = ["broadcast", "n"]
        constraints = [models.UniqueConstraint(fields=["broadcast", "n"], name="one_slide_per_number")]

    def __str__(self) -> str:
        return f"{self.broadcast} · {self.n}"
