"""Why a course is not carried, each with a sentence for people."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _


class CarryRefused(Exception):
    """The reason is the text of the exception; `sentences` holds every reason where there are several."""

    sentence = _("现在不能这样做。")

    def __init__(self, sentences: Iterable[str] = ()) -> None:
        self.sentences = [str(each) for each in sentences] or [str(self.sentence)]
        super().__init__("\n".join(self.sentences))


class BadPackage(CarryRefused):
    """What is in the file cannot be taken; every sentence names the place."""

    sentence = _("这个文件不是一门课。")


class NotYours(CarryRefused):
    sentence = _("你没有改这门课的权限。")


class Locked(CarryRefused):
    sentence = _("有页面被锁住了，先解锁再来。")


class Stale(CarryRefused):
    sentence = _("预演之后，这门课又被改过。请看新的对比，再决定。")


class NoCatalogue(CarryRefused):
    sentence = _("还没有课程目录页，先建一个。")
