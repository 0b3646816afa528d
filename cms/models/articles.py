from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from cms.blocks import Text
from cms.forms import SchoolPageForm
from cms.models import sharing


class ArticlePage(Page):
    """Something to read, for everyone."""

    intro = models.CharField(_("导语"), max_length=160, blank=True)
    body = StreamField(Text(), verbose_name=_("正文"), blank=True)

    base_form_class = SchoolPageForm
    share_picture = sharing.picture()
    open_fields = ("body",)
    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("body")]
    promote_panels = sharing.promote_panels
    search_fields = [*Page.search_fields, index.SearchField("intro"), index.SearchField("body")]
    subpage_types: list[str] = []
    parent_page_types = ["cms.SchoolHome"]

    class Meta:
        verbose_name = _("文章")
        verbose_name_plural = _("文章")
