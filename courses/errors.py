"""What courses refuse, each with a sentence for people."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from payments.errors import NotForSale


class CourseRefused(Exception):
    """The reason is the text of the exception."""

    sentence = _("这门课现在不能这样做。")

    def __str__(self) -> str:
        return str(self.sentence)


class NotSold(CourseRefused, NotForSale):
    sentence = _("这门课不单独出售，或者已经下架。")


class NotOpenToYou(CourseRefused):
    sentence = _("这一节现在没有对你开放。")


class NotByWord(CourseRefused):
    """Somebody says they have finished what is not for them to say."""

    def __str__(self) -> str:
        return str(self.args[0])


class BegunAlready(CourseRefused):
    sentence = _("这一节已经开讲了，直接进去听就好。")


class AudioTaken(CourseRefused):
    sentence = _("这段音频已经用在别的小节里，请另传一份。")


class NotAQuiz(CourseRefused):
    sentence = _("这一节没有要答的题。")


class Answered(CourseRefused):
    sentence = _("这一次已经交过了，结果就在下面。")


class Unanswered(CourseRefused):
    """`n` questions have no answer yet: nothing was graded, and no attempt is used."""

    def __init__(self, n: int) -> None:
        super().__init__(n)
        self.n = n

    def __str__(self) -> str:
        return ngettext("还有 %(n)s 题没有答，答完再交。", "还有 %(n)s 题没有答，答完再交。", self.n) % {"n": self.n}


class NoAttemptsLeft(CourseRefused):
    sentence = _("答题的次数用完了。")


class HomeworkRefused(CourseRefused):
    """What is refused about homework; what was written stays with its author."""


class NoHomework(HomeworkRefused):
    sentence = _("这一节没有作业。")


class OtherAttempt(HomeworkRefused):
    sentence = _("这份作业在别处又动过了，下面是现在的样子。")


class WrittenElsewhere(HomeworkRefused):
    """Made with the draft as it stands: `text`, and `version`, with which it may be written over."""

    sentence = _("这份草稿在别的设备上改过了，两份都在。看过那一份，再存。")

    def __init__(self, text: str, version: str) -> None:
        super().__init__(text)
        self.text, self.version = text, version


class NotADraft(HomeworkRefused):
    sentence = _("这份作业已经交上去了。要改，请先收回来。")


class NothingHandedIn(HomeworkRefused):
    sentence = _("还是空的。写几句，或者加上图片、语音，再交。")


class TooLong(HomeworkRefused):
    sentence = _("写得太长了，最多 5000 字。")


class NotTaken(HomeworkRefused):
    sentence = _("这份作业不收这样的文件。")


class TooManyFiles(HomeworkRefused):
    sentence = _("图片最多九张，语音最多三段。删掉一些再加。")


class BadFile(HomeworkRefused):
    """Made with the sentence."""

    def __str__(self) -> str:
        return str(self.args[0])


class AlreadySeen(HomeworkRefused):
    sentence = _("老师已经看过了，收不回来。评语就在下面。")


class TakenBack(HomeworkRefused):
    sentence = _("学员刚把这份作业收回去改了，改好会再交上来。")


class SeenByAnother(HomeworkRefused):
    """Somebody else was a moment earlier; made with their name."""

    sentence = _("%(name)s 刚刚看过这份作业了，你写的没有算数。")

    def __str__(self) -> str:
        return str(self.sentence) % {"name": self.args[0]}


class HandedInAgain(HomeworkRefused):
    sentence = _("学员收回去改过，又交了一次。现在是新的一份，先看一看；你写的评语还在。")


class NoComment(HomeworkRefused):
    sentence = _("请学员再改，要说清楚改哪里：写几句，或者说一段。")


class BadScore(HomeworkRefused):
    sentence = _("分数是 0 到 100 之间的整数，也可以不打。")
