import math
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from media.models.asset import Asset

KEPT = timedelta(days=7)
PATIENCE = timedelta(minutes=30)


class UploadQuerySet(models.QuerySet["Upload"]):
    def of(self, person: User) -> "UploadQuerySet":
        return self.filter(by=person)

    def unfinished(self) -> "UploadQuerySet":
        return self.filter(state__in=[Upload.State.SENDING, Upload.State.CHECKING])

    def unused(self) -> "UploadQuerySet":
        """Assets nothing was made of as yet, a week long."""
        is_lately, is_unused = Q(updated_at__gt=timezone.now() - KEPT), Q(became__in=["", Upload.ASIDE])
        return self.filter(is_lately, is_unused, state=Upload.State.DONE, asset__isnull=False)

    def forgotten(self) -> "UploadQuerySet":
        """Nobody has gone on with these for a week."""
        return self.filter(updated_at__lt=timezone.now() - KEPT).exclude(state=Upload.State.DONE)

    def left_in_the_middle(self) -> "UploadQuerySet":
        """Whoever looked at these is taken for dead."""
        return self.filter(state=Upload.State.CHECKING, updated_at__lt=timezone.now() - PATIENCE)


class Upload(models.Model):
    """A file on its way from a browser, in parts of `part_size` bytes numbered from 1; the last one is shorter.

    The parts lie in the store under `key`, in the sending of that name. When all are there and are what they should be, the
    asset of the same `uuid` is made of them. `fingerprint` is how a browser knows the file again. `became` is for whoever
    makes something of the asset, to make it once, or says that nothing is to be made (`ASIDE`).
    """

    ASIDE = "aside"

    class State(models.TextChoices):
        SENDING = "sending", _("上传中")
        CHECKING = "checking", _("检查中")
        DONE = "done", _("已收下")
        REFUSED = "refused", _("没有收下")
        GIVEN_UP = "given_up", _("已取消")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    filename = models.CharField(_("文件名"), max_length=255)
    size = models.PositiveBigIntegerField(help_text=_("字节"))
    fingerprint = models.CharField(max_length=80, blank=True)
    part_size = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.SENDING)
    sending = models.CharField(max_length=300, blank=True)
    asset = models.OneToOneField(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="upload")
    became = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("上传")
        verbose_name_plural = _("上传")
        indexes = [models.Index(fields=["by", "state"], name="uploads_of_someone")]
        constraints = [
            models.CheckConstraint(condition=models.Q(size__gt=0, part_size__gt=0), name="an_upload_has_bytes")
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def key(self) -> str:
        return f"uploads/{self.uuid}"

    @property
    def count(self) -> int:
        """How many parts it has."""
        return math.ceil(self.size / self.part_size)

    def size_of(self, number: int) -> int:
        """Bytes of one part."""
        return min(self.part_size, self.size - (number - 1) * self.part_size)
