"""The pieces editors build pages from."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images import get_image_model
from wagtail.images.blocks import ImageChooserBlock

SHOWN_AS = "width-960"


class KeyPoints(blocks.StructBlock):
    """What to take home, as a short list."""

    title = blocks.CharBlock(label=_("小标题"), default=_("记住这几条"), max_length=40)
    points = blocks.ListBlock(blocks.CharBlock(label=_("一条"), max_length=120), min_num=1, max_num=9, label=_("要点"))

    class Meta:
        icon = "list-ul"
        label = _("要点")
        template = "cms/blocks/points.html"


class Quote(blocks.StructBlock):
    """Someone's words, and whose they are."""

    text = blocks.TextBlock(label=_("引文"))
    source = blocks.CharBlock(label=_("出处"), required=False, max_length=60)

    class Meta:
        icon = "openquote"
        label = _("引文")
        template = "cms/blocks/quote.html"


class Picture(ImageChooserBlock):
    """Pictures of a page come from the database together, and the size they are shown in with them."""

    class Meta:
        icon = "image"
        label = _("图片")
        template = "cms/blocks/picture.html"

    def bulk_to_python(self, values: Iterable[int]) -> list[Any]:
        pictures: list[Any] = super().bulk_to_python(values)
        sizes: Any = get_image_model().get_rendition_model().objects.filter(filter_spec=SHOWN_AS)
        found = [picture for picture in pictures if picture]
        prefetch_related_objects(found, Prefetch("renditions", sizes, to_attr="prefetched_renditions"))
        return pictures

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(value, parent_context)
        return context | {"shown": value and value.get_rendition(SHOWN_AS)}


class Text(blocks.StreamBlock):
    """The body of a lesson: what only those with access read, see and download."""

    heading = blocks.CharBlock(label=_("小标题"), max_length=60, icon="title", template="cms/blocks/heading.html")
    paragraph = blocks.RichTextBlock(label=_("正文"), features=["bold", "italic", "link", "ol", "ul"], icon="pilcrow")
    quote = Quote()
    points = KeyPoints()
    callout = blocks.TextBlock(label=_("提醒"), icon="warning", template="cms/blocks/callout.html")
    picture = Picture()
    file = DocumentChooserBlock(label=_("文件"), icon="doc-full", template="cms/blocks/file.html")
