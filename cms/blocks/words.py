"""Blocks that are only words."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock

MARKS = ["bold", "italic", "link", "ol", "ul"]


class KeyPoints(blocks.StructBlock):
    """What to take home, as a short list."""

    title = blocks.CharBlock(label=_("小标题"), default=_("记住这几条"), max_length=40)
    points = blocks.ListBlock(blocks.CharBlock(label=_("一条"), max_length=120), min_num=1, max_num=9, label=_("要点"))

    class Meta:
        icon = "list-ul"
        label = _("要点")
        template = "cms/blocks/points.html"
        description = _("一讲里要带走的几句话，最多九条。")
        preview_value = {"title": "记住这几条", "points": ["先尝水，再泡茶", "有一点甜的水配绿茶"]}


class Quote(blocks.StructBlock):
    """Someone's words, and whose they are."""

    text = blocks.TextBlock(label=_("引文"))
    source = blocks.CharBlock(label=_("出处"), required=False, max_length=60)

    class Meta:
        icon = "openquote"
        label = _("引文")
        template = "cms/blocks/quote.html"
        description = _("别人的话，和它的出处。")
        preview_value = {"text": "其沸如鱼目，微有声，为一沸。", "source": "陆羽《茶经》"}


class Steps(blocks.StructBlock):
    """What to do, one after the other."""

    title = blocks.CharBlock(label=_("小标题"), required=False, max_length=40)
    steps = blocks.ListBlock(
        blocks.StructBlock(
            [
                ("title", blocks.CharBlock(label=_("做什么"), max_length=60)),
                ("text", blocks.TextBlock(label=_("怎么做"), required=False)),
            ]
        ),
        min_num=1,
        max_num=12,
        label=_("步骤"),
    )

    class Meta:
        icon = "list-ol"
        label = _("步骤")
        template = "cms/blocks/steps.html"
        description = _("一步接一步照着做的事，每步一句话，可以再说细一点。")
        preview_value = {
            "title": "今晚的三步",
            "steps": [{"title": "烧水", "text": "自来水放一夜再烧。"}, {"title": "温杯", "text": ""}],
        }


class Faq(blocks.StructBlock):
    """What people ask, each answer behind its question."""

    title = blocks.CharBlock(label=_("小标题"), required=False, max_length=40)
    questions = blocks.ListBlock(
        blocks.StructBlock(
            [
                ("question", blocks.CharBlock(label=_("问"), max_length=80)),
                ("answer", blocks.RichTextBlock(label=_("答"), features=MARKS)),
            ]
        ),
        min_num=1,
        max_num=20,
        label=_("问答"),
    )

    class Meta:
        icon = "help"
        label = _("常见问题")
        template = "cms/blocks/faq.html"
        description = _("问题排成一列，点开才看到回答。")
        preview_value = {
            "title": "常见问题",
            "questions": [{"question": "要买茶具吗？", "answer": "<p>不用，有杯子就行。</p>"}],
        }


class Table(TableBlock):
    """Rows and columns; on a phone it is moved sideways by hand, the page is not."""

    class Meta:
        label = _("表格")
        template = "cms/blocks/table.html"
        description = _("行和列。手机上可以左右推着看，最好不超过四列。")
        preview_value = {
            "first_row_is_table_header": True,
            "first_col_is_header": False,
            "table_caption": "茶和水温",
            "data": [["茶", "水温"], ["绿茶", "80°"], ["岩茶", "100°"]],
        }
