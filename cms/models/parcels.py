import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Parcel(models.Model):
    """A file that somebody sent to be carried into the school: looked at first, taken in when they say so.

    Its bytes lie in the store under `key` until then. `kept` names the recordings an unfinished try has brought in
    already: the next try takes them, and sweeping takes them away.
    """

    class Kind(models.TextChoices):
        COURSE = "course", _("一门课")
        LESSONS = "lessons", _("小节表格")
        QUESTIONS = "questions", _("题目表格")

    class State(models.TextChoices):
        WAITING = "waiting", _("等你决定")
        RUNNING = "running", _("正在导入")
        DONE = "done", _("导入好了")
        FAILED = "failed", _("没有导入")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.COURSE)
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=300)
    page = models.ForeignKey("wagtailcore.Page", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    heard_at = models.DateTimeField(null=True, blank=True, help_text=_("导入的那个进程最后一次报进度"))
    kept = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("导入的文件")
        verbose_name_plural = _("导入的文件")

    def __str__(self) -> str:
        return self.name
