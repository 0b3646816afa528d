from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel


class Subject(models.Model):
    """What courses are about, in the school's own words: the catalogue is sorted by it."""

    name = models.CharField(_("名字"), max_length=20, unique=True, help_text=_("两三个字最好，例如：茶、古诗、亲子"))
    position = models.PositiveSmallIntegerField(_("排在第几"), default=100, help_text=_("小的在前"))

    panels = [FieldPanel("name"), FieldPanel("position")]

    class Meta:
        verbose_name = _("主题")
        verbose_name_plural = _("主题")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name
