import uuid
from functools import cached_property

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from media import gate


class AssetKind(models.TextChoices):
    AUDIO = "audio", _("音频")
    VIDEO = "video", _("视频")
    IMAGE = "image", _("图片")
    FILE = "file", _("文件")


class AssetQuerySet(models.QuerySet["Asset"]):
    def of_the_school(self) -> "AssetQuerySet":
        """What its editors may see and choose; what a learner handed in is not theirs to use."""
        return self.exclude(guard__in=gate.personal)


class Asset(models.Model):
    """One thing that was uploaded or recorded. The bytes live in the store under `key`; the original is kept.

    `guard` names who answers whether a person may fetch it: a key of `media.gate.guards`
    (for example ``lesson``), with `guarded_id` as that guard's own identifier. What `is_made` was
    not brought by anyone: the school made it of other assets, and may make it anew.
    """

    Kind = AssetKind
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=AssetKind)
    title = models.CharField(_("名称"), max_length=200)
    key = models.CharField(max_length=300, unique=True)
    mime = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField(default=0, help_text=_("字节"))
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True, help_text=_("像素"))
    height = models.PositiveIntegerField(null=True, blank=True, help_text=_("像素"))
    guard = models.CharField(max_length=20, default="staff")
    guarded_id = models.CharField(max_length=40, blank=True)
    transcript = models.TextField(_("文稿 (WebVTT)"), blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    is_made = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AssetQuerySet.as_manager()

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
    def extension(self) -> str:
        return self.key.rpartition(".")[2]

    @property
    def filename(self) -> str:
        return f"{self.title}.{self.extension}"

    @cached_property
    def url(self) -> str:
        """The gated address: whoever opens it is asked about by the guard."""
        return reverse("media:fetch", args=[self.uuid])

    def made(self) -> dict[str, "Rendition"]:
        """The forms that are ready, by name."""
        return {row.name: row for row in self.renditions.all() if row.is_ready}

    def form(self, name: str) -> str:
        """The gated address of one form (`peaks`, `poster` …), or nothing while it is not ready."""
        row = self.made().get(name)
        return row.url if row else ""

    @property
    def captions(self) -> str:
        """The gated address of its WebVTT, for a `<track>`; empty without a transcript."""
        return reverse("media:captions", args=[self.uuid]) if self.transcript else ""

    @property
    def poster(self) -> str:
        """What a player shows before it plays; for templates."""
        return self.form("poster")

    def sources(self) -> list[dict[str, str]]:
        """What an `<audio>` or `<video>` may try, best first: `url` and `mime`. Gated addresses.

        Of a sound m4a, original, low; of a video its HLS, then the original.
        """
        made = {name: {"url": row.url, "mime": row.mime} for name, row in self.made().items()}
        original = {"url": self.url, "mime": self.mime}
        best = "hls" if self.kind == AssetKind.VIDEO else "m4a"
        return [source for source in (made.get(best), original, made.get("low")) if source]

    def slides(self) -> list[dict[str, str | int]]:
        """The pages of a deck: `number` and gated `url`; none while they are not ready."""
        row = self.made().get("slides")
        return [{"number": n, "url": row.part(f"{n:04}.webp")} for n in range(1, row.pages + 1)] if row else []


LABELS = {
    "m4a": _("标准音质（M4A）"),
    "low": _("省流量（Opus）"),
    "hls": _("流媒体（HLS）"),
    "peaks": _("波形"),
    "silence": _("停顿"),
    "poster": _("封面"),
    "slides": _("课件页面"),
}


class Rendition(models.Model):
    """One form of an asset made by the worker: `name` is what the URL calls it (``m4a``, ``hls``).

    `key` is one object, or the folder of a form of many parts (``hls``, ``slides``). While RUNNING it belongs to `holder`
    until `until`: after that its worker is taken for dead. On a FAILED row `until` is when it is tried again by itself.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等待")
        RUNNING = "running", _("处理中")
        READY = "ready", _("可用")
        FAILED = "failed", _("失败")

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="renditions")
    name = models.CharField(max_length=20)
    key = models.CharField(max_length=300, blank=True)
    mime = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    progress = models.PositiveSmallIntegerField(default=0, help_text=_("百分比"))
    attempts = models.PositiveSmallIntegerField(default=0)
    holder = models.CharField(max_length=32, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    facts = models.JSONField(default=dict, blank=True, help_text=_("做成时量到的：响度、页数、档位"))

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

    @property
    def label(self) -> str:
        """What editors call this form."""
        return str(LABELS.get(self.name, self.name))

    @property
    def pages(self) -> int:
        return int(self.facts.get("pages", 0))

    @property
    def url(self) -> str:
        """The gated address; of a form of many parts, that of the part one begins with."""
        entry = self.facts.get("entry")
        return self.part(entry) if entry else reverse("media:fetch", args=[self.asset.uuid, self.name])

    def part(self, name: str) -> str:
        return reverse("media:part", args=[self.asset.uuid, self.name, name])
