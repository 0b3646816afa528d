from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses.models.course import Course


class FeedKeyQuerySet(models.QuerySet["FeedKey"]):
    def standing(self) -> "FeedKeyQuerySet":
        return self.filter(revoked_at=None)

    def of(self, person: User) -> "FeedKeyQuerySet":
        return self.filter(person=person)


class FeedKey(models.Model):
    """The address of one person's podcast, of one course or (None) of all that are open to them.

    The secret in it is kept nowhere: `digest` is how it is known again, `tail` its last characters. `changed_at` is when
    the feed last said something else than before (`told` is the digest of that).
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feed_keys")
    course = models.ForeignKey(Course, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    tail = models.CharField(max_length=4)
    made_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_client = models.CharField(max_length=60, blank=True)
    told = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = FeedKeyQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("播客订阅")
        verbose_name_plural = _("播客订阅")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "course"], condition=models.Q(revoked_at=None), name="one_feed_per_course"
            ),
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(revoked_at=None, course=None), name="one_feed_of_all"
            ),
        ]

    def __str__(self) -> str:
        return f"…{self.tail}"

    @property
    def name(self) -> str:
        """What it is of."""
        return self.course.title if self.course else str(_("我能听的所有课"))
