"""What courses refuse, each with a sentence for people."""

from django.utils.translation import gettext_lazy as _

from payments.errors import NotForSale


class CourseRefused(Exception):
    """The reason is the text of the exception."""

    sentence = _("这门课现在不能这样做。")

    def __str__(self) -> str:
        return str(self.sentence)


class NotSold(CourseRefused, NotForSale):
    sentence = _("这门课不单独出售，或者已经下架。")


class AudioTaken(CourseRefused):
    sentence = _("这段音频已经用在别的小节里，请另传一份。")
