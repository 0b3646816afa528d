"""What a body may hold."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock

from cms.blocks.cards import CourseCards, InstructorCard, LessonCard
from cms.blocks.links import Button
from cms.blocks.pictures import Gallery, Picture
from cms.blocks.shared import Shared
from cms.blocks.words import MARKS, Faq, KeyPoints, Quote, Steps, Table

WORDS, SIGHTS, WAYS = _("文字"), _("图和文件"), _("去别处")


class Pieces(blocks.StreamBlock):
    """Everything but what is kept elsewhere: a shared text holds no other shared text."""

    heading = blocks.CharBlock(
        label=_("小标题"),
        max_length=60,
        icon="title",
        template="cms/blocks/heading.html",
        group=WORDS,
        description=_("把长文分开的一行字。"),
        preview_value="今晚的三杯水",
    )
    paragraph = blocks.RichTextBlock(
        label=_("正文"),
        features=MARKS,
        icon="pilcrow",
        group=WORDS,
        description=_("一段或几段话，可以加粗、加链接、列条目。"),
        preview_value="<p>自来水放一夜，纯净水现开，山泉水滤一遍。</p>",
    )
    quote = Quote(group=WORDS)
    points = KeyPoints(group=WORDS)
    steps = Steps(group=WORDS)
    callout = blocks.TextBlock(
        label=_("提醒"),
        icon="warning",
        template="cms/blocks/callout.html",
        group=WORDS,
        description=_("要读者停一下的一句话。"),
        preview_value="写下最先想到的三个字，发到群里。",
    )
    faq = Faq(group=WORDS)
    table = Table(group=WORDS)
    picture = Picture(group=SIGHTS)
    gallery = Gallery(group=SIGHTS)
    file = DocumentChooserBlock(
        label=_("文件"),
        icon="doc-full",
        template="cms/blocks/file.html",
        group=SIGHTS,
        description=_("给读者下载的讲义，谁能打开这一页谁就能下载。"),
    )
    button = Button(group=WAYS)
    courses = CourseCards(group=WAYS)
    lesson = LessonCard(group=WAYS)
    instructor = InstructorCard(group=WAYS)


class Text(Pieces):
    """The body of a page. Of a lesson: what only those with access read, see and download."""

    shared = Shared(group=WORDS)
