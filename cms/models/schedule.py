from django.db import models
from django.utils import timezone
from wagtail.models import Page


class FailedRun(models.Model):
    """A page that could not be published or taken down when its time had come, and why. Gone as soon as it could."""

    page = models.OneToOneField(Page, on_delete=models.CASCADE, related_name="failed_run")
    reason = models.TextField()
    since = models.DateTimeField(auto_now_add=True)
    tried_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.page}: {self.reason}"

    @classmethod
    def note(cls, page_id: int, reason: str) -> None:
        facts = {"reason": reason[:500], "tried_at": timezone.now()}
        cls.objects.update_or_create(page_id=page_id, defaults=facts)
