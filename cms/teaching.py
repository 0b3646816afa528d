"""What an editor builds a lesson from beside its text: voice clips, quiz questions, and the times of its slides."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from cms.choosers import SOUND
from courses.content import Asked
from courses.models import Question

MOST_CLIPS, MOST_QUESTIONS, MOST_CHOICES = 200, 100, 10
TIME = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)", re.ASCII)

SoundChooserBlock = SOUND.get_block_class(name="SoundChooserBlock", module_path="cms.teaching")


class VoiceClip(blocks.StructBlock):
    """One stretch of speech, as one sends it into a group."""

    audio = SoundChooserBlock(label=_("音频"))
    title = blocks.CharBlock(label=_("小标题"), required=False, max_length=120)

    class Meta:
        icon = "media"
        label = _("语音条")


class Choice(blocks.StructBlock):
    """`id` is given by the block itself, so that an answer survives a change of words and order."""

    text = blocks.CharBlock(label=_("选项"), max_length=120)
    is_right = blocks.BooleanBlock(label=_("对"), required=False)


class _Question(blocks.StructBlock):
    prompt = blocks.CharBlock(label=_("题目"), max_length=300)
    explanation = blocks.CharBlock(label=_("解析"), required=False, max_length=300, help_text=_("交卷以后才看得到"))


class ChoiceQuestion(_Question):
    choices = blocks.ListBlock(Choice(), min_num=2, max_num=MOST_CHOICES, default=[{}] * 4, label=_("选项"))

    class Meta:
        icon = "list-ul"
        label = _("选择题")
        help_text = _("勾一个是单选，勾几个是多选。")

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if not any(choice["is_right"] for choice in cleaned["choices"]):
            raise _wrong("choices", _("请至少勾一个对的选项。"))
        texts = [choice["text"].strip() for choice in cleaned["choices"]]
        if len(set(texts)) < len(texts):
            raise _wrong("choices", _("有两个选项一模一样。"))
        return cleaned


class TruthQuestion(_Question):
    is_true = blocks.BooleanBlock(label=_("这句话是对的"), required=False)

    class Meta:
        icon = "circle-check"
        label = _("判断题")


class FillQuestion(_Question):
    accepted = blocks.TextBlock(label=_("答案"), help_text=_("一行一个，写哪个都算对；不分全角半角和大小写"), rows=3)

    class Meta:
        icon = "edit"
        label = _("填空题")


class Clips(blocks.StreamBlock):
    clip = VoiceClip()


class Questions(blocks.StreamBlock):
    choice = ChoiceQuestion()
    truth = TruthQuestion()
    fill = FillQuestion()


def asked(questions: Any) -> Iterator[Asked]:
    """A page's questions as a lesson keeps them. The identifiers are those of the blocks."""
    for block in questions:
        yield {"choice": _choice, "truth": _truth, "fill": _fill}[block.block_type](str(block.id), block.value)


def _choice(uid: str, value: Any) -> Asked:
    bound = value["choices"].bound_blocks
    choices = [{"id": str(one.id), "text": one.value["text"]} for one in bound]
    right = [str(one.id) for one in bound if one.value["is_right"]]
    kind = Question.Kind.SINGLE if len(right) == 1 else Question.Kind.MULTIPLE
    return Asked(uid, kind, value["prompt"], choices, right, value["explanation"])


def _truth(uid: str, value: Any) -> Asked:
    choices = [{"id": "true", "text": "对"}, {"id": "false", "text": "错"}]
    right = ["true" if value["is_true"] else "false"]
    return Asked(uid, Question.Kind.SINGLE, value["prompt"], choices, right, value["explanation"])


def _fill(uid: str, value: Any) -> Asked:
    return Asked(uid, Question.Kind.FILL, value["prompt"], [], _lines(value["accepted"]), value["explanation"])


def slide_times(text: str) -> list[int]:
    """`0:00`, `1:32`, `1:02:10`: one line for each page, in milliseconds. Raises `ValidationError` naming the line."""
    times: list[int] = []
    for number, line in enumerate(_lines(text), 1):
        found = TIME.fullmatch(line)
        at = _ms(found) if found else -1
        if at < 0 or (times and at <= times[-1]):
            wrong = _("第 %(n)s 行“%(line)s”不对：一行一页，写成 分:秒，后一页要比前一页晚。")
            raise ValidationError(wrong % {"n": number, "line": line[:20]})
        times.append(at)
    return times


def check_slide_lines(text: str) -> None:
    slide_times(text)


def _ms(found: re.Match[str]) -> int:
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _wrong(name: str, sentence: Any) -> StructBlockValidationError:
    return StructBlockValidationError(block_errors={name: ValidationError(sentence)})
