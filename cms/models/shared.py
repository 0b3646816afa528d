from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _said
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin, Page, PreviewableMixin, ReferenceIndex, Revision, RevisionMixin

from cms.blocks import Pieces


class SharedText(PreviewableMixin, DraftStateMixin, RevisionMixin, models.Model):
    """Words that many pages show and one edits: a way to register, house rules, what to do when the sound is gone.

    Who may open what is in it is decided by the pages that show it.
    """

    name = models.CharField(_("名字"), max_length=60, unique=True, help_text=_("只在后台看得到，方便以后找"))
    body = StreamField(Pieces(), verbose_name=_("内容"))
    _revisions = GenericRelation(Revision, related_query_name="shared_text")

    panels = [FieldPanel("name"), FieldPanel("body")]

    class Meta:
        verbose_name = _("常用段落")
        verbose_name_plural = _("常用段落")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def revisions(self) -> models.Manager[Revision]:
        kept: models.Manager[Revision] = self._revisions
        return kept

    @property
    def shown_on(self) -> models.QuerySet[Page]:
        """The pages that show it, published or not."""
        found = ReferenceIndex.get_references_to(self).values_list("object_id", flat=True)
        pages: models.QuerySet[Page] = Page.objects.filter(pk__in={int(pk) for pk in found})
        return pages

    @property
    def refusal(self) -> str:
        """Why it cannot be deleted: who wants to has to change those pages first."""
        titles = [f"《{page.title}》" for page in self.shown_on[:3]]
        return _said("「%(name)s」还用在%(pages)s里，先在那里换掉再删。") % {
            "name": self.name,
            "pages": "".join(titles),
        }

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        return "cms/shared_text.html"
