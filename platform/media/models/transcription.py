from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from media.models.asset import Asset


class Transcription(models.Model):
    """What an engine writes down of one asset: a draft, until an editor makes it the transcript.

    `draft` is WebVTT and good up to `heard_ms`. While RUNNING the row belongs to `holder` until `until`: after that its
    worker is taken for dead, and another goes on from `heard_ms`.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等待")
        RUNNING = "running", _("识别中")
        READY = "ready", _("可用")
        FAILED = "failed", _("失败")
        STOPPED = "stopped", _("已取消")

    asset = models.OneToOneField(Asset, on_delete=models.CASCADE, related_name="transcription")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    language = models.CharField(max_length=8, blank=True)
    hint = models.TextField(_("词表"), blank=True)
    heard_ms = models.PositiveIntegerField(default=0)
    draft = models.TextField(blank=True)
    error = models.TextField(blank=True)
    holder = models.CharField(max_length=32, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("识别稿")
        verbose_name_plural = _("识别稿")

    def __str__(self) -> str:
        return f"{self.asset} · {self.get_state_display()}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)

    @property
    def progress(self) -> int:
        """In percent; 100 only when it is ready."""
        if self.state == self.State.READY:
            return 100
        return min(99, 100 * self.heard_ms // max(1, self.asset.duration_ms or 1))
