from django.db import models
from django.utils.translation import gettext_lazy as _

from cohorts.models.cohort import Cohort
from cohorts.models.tag import Tag


class Segment(models.Model):
    """A choice of cohorts under a name. Its rule is asked anew each time: who has one of the tags and takes one of the
    courses (each only where any is named), and the cohorts named one by one."""

    name = models.CharField(_("分组名"), max_length=40, unique=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="segments", verbose_name=_("标签"))
    cohorts = models.ManyToManyField(Cohort, blank=True, related_name="segments", verbose_name=_("逐个点名的群"))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("分组")
        verbose_name_plural = _("分组")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
