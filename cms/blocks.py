"""The pieces editors build pages from."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock


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


class Text(blocks.StreamBlock):
    """The body of a lesson: what only those with access read. Pictures are public in Wagtail, so there are none here."""

    heading = blocks.CharBlock(label=_("小标题"), max_length=60, icon="title", template="cms/blocks/heading.html")
    paragraph = blocks.RichTextBlock(label=_("正文"), features=["bold", "italic", "link", "ol", "ul"], icon="pilcrow")
    quote = Quote()
    points = KeyPoints()
    callout = blocks.TextBlock(label=_("提醒"), icon="warning", template="cms/blocks/callout.html")


class PublicText(Text):
    """Text anyone may read, with pictures."""

    picture = ImageChooserBlock(label=_("图片"), icon="image", template="cms/blocks/picture.html")
