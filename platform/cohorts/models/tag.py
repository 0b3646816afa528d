from django.db import models
from django.utils.translation import gettext_lazy as _


class Tag(models.Model):
    """A word the school sorts its cohorts by: 北方, 早读, 新生."""

    name = models.CharField(_("标签"), max_length=20, unique=True)

    class Meta:
        verbose_name = _("标签")
        verbose_name_plural = _("标签")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
