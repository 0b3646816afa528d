import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from media.models.asset import Asset


class Join(models.Model):
    """Several sounds made into one, for the guard of that name: `parts` are the ids of the assets, in their order.

    `asset` is the sound that is there, made of `made_of`; until it is there once more after a change, the old one stays.
    Both `made_of` and `laid_out` (of what comes next, whose asset will have this `uuid`) hold `[asset id, from, to]` for
    every part, in milliseconds of the whole. While RUNNING the row belongs to `holder` until `until`, like a rendition's;
    while CODING the forms of what was joined are made.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等待")
        RUNNING = "running", _("正在接起来")
        CODING = "coding", _("正在转码")
        READY = "ready", _("可用")
        FAILED = "failed", _("失败")

    guard = models.CharField(max_length=20)
    guarded_id = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    parts = models.JSONField(default=list)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    laid_out = models.JSONField(default=list)
    asset = models.OneToOneField(Asset, on_delete=models.SET_NULL, null=True, related_name="join")
    made_of = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    progress = models.PositiveSmallIntegerField(default=0, help_text=_("百分比"))
    attempts = models.PositiveSmallIntegerField(default=0)
    holder = models.CharField(max_length=32, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    spoilt = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, related_name="spoils")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["guard", "guarded_id"], name="one_join_for_each")]

    def __str__(self) -> str:
        return f"{self.title} · {self.get_state_display()}"

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY

    @property
    def is_there(self) -> bool:
        """Whether what is there is what is wanted."""
        return self.asset_id is not None and [part[0] for part in self.made_of] == self.parts
