import uuid
from functools import cached_property

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class AssetKind(models.TextChoices):
    AUDIO = "audio", _("音频")
    IMAGE = "image", _("图片")
    FILE = "file", _("文件")


class Asset(models.Model):
    """One thing that was uploaded or recorded. The bytes live in the store under `key`; the original is kept.

    `guard` names who answers whether a person may fetch it: a key of `media.gate.guards`
    (for example ``lesson``), with `guarded_id` as that guard's own identifier.
    """

    Kind = AssetKind
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=AssetKind)
    title = models.CharField(_("名称"), max_length=200)
    key = models.CharField(max_length=300, unique=True)
    mime = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField(default=0, help_text=_("字节"))
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    guard = models.CharField(max_length=20, default="staff")
    guarded_id = models.CharField(max_length=40, blank=True)
    transcript = models.TextField(_("文稿 (WebVTT)"), blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("素材")
        verbose_name_plural = _("素材")

    def __str__(self) -> str:
        return self.title

    @property
    def folder(self) -> str:
        """Where its bytes lie in the store, original and renditions alike."""
        return f"assets/{self.uuid}"

    @property
    def filename(self) -> str:
        return f"{self.title}.{self.key.rpartition('.')[2]}"

    @cached_property
    def url(self) -> str:
        """The gated address: whoever opens it is asked about by the guard."""
        return reverse("media:fetch", args=[self.uuid])

    def sources(self) -> list[dict[str, str]]:
        """What an `<audio>` may try, best first: `url` and `mime` of m4a, original, low. Gated addresses."""
        made = {row.name: row.source() for row in self.renditions.all() if row.is_ready}
        original = {"url": self.url, "mime": self.mime}
        return [source for source in (made.get("m4a"), original, made.get("low")) if source]


class Rendition(models.Model):
    """One form of an asset made by the worker: `name` is what the URL calls it (``m4a``, ``low``)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待")
        READY = "ready", _("可用")
        FAILED = "failed", _("失败")

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="renditions")
    name = models.CharField(max_length=20)
    key = models.CharField(max_length=300, blank=True)
    mime = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["asset", "name"], name="one_rendition_per_name")]

    def __str__(self) -> str:
        return f"{self.asset} · {self.name}"

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY

    @property
    def filename(self) -> str:
        return f"{self.asset.title}.{self.key.rpartition('.')[2]}"

    def source(self) -> dict[str, str]:
        return {"url": reverse("media:fetch", args=[self.asset.uuid, self.name]), "mime": self.mime}
