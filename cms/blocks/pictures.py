"""Blocks that show pictures. All pictures of a page come from the database together."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images import get_image_model
from wagtail.images.blocks import ImageChooserBlock

SHOWN_AS = "width-960"


def sizes(spec: str) -> Any:
    """Those pictures that were made in one size, to be fetched with the pictures they were made from."""
    return get_image_model().get_rendition_model().objects.filter(filter_spec=spec)


class Picture(ImageChooserBlock):
    """Pictures of a page come from the database together, and the size they are shown in with them."""

    class Meta:
        icon = "image"
        label = _("图片")
        template = "cms/blocks/picture.html"
        description = _("一张图，和正文一样宽。")

    def bulk_to_python(self, values: Iterable[int]) -> list[Any]:
        pictures: list[Any] = super().bulk_to_python(values)
        found = [picture for picture in pictures if picture]
        prefetch_related_objects(found, Prefetch("renditions", sizes(SHOWN_AS), to_attr="prefetched_renditions"))
        return pictures

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(value, parent_context)
        return context | {"shown": value and value.get_rendition(SHOWN_AS)}

    def get_preview_value(self) -> Any:
        return get_image_model().objects.order_by("-pk").first()


class Gallery(blocks.StructBlock):
    """Several pictures side by side, each with a line beneath it."""

    pictures = blocks.ListBlock(
        blocks.StructBlock(
            [
                ("picture", Picture(template="cms/blocks/gallery_picture.html")),
                ("caption", blocks.CharBlock(label=_("图注"), required=False, max_length=60)),
            ]
        ),
        min_num=2,
        max_num=24,
        label=_("图片"),
    )

    class Meta:
        icon = "grip"
        label = _("一组图片")
        template = "cms/blocks/gallery.html"
        description = _("两张以上的图排在一起，每张下面可以写一句。")

    def get_preview_value(self) -> Any:
        pictures = get_image_model().objects.order_by("-pk")[:3]
        return self.normalize({"pictures": [{"picture": one, "caption": one.title} for one in pictures]})
