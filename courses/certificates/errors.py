"""What is refused of a certificate, each with a sentence for people."""

from django.utils.translation import gettext_lazy as _

from courses.errors import CourseRefused


class NotEarned(CourseRefused):
    sentence = _("还没有学完这门课的全部小节，或者这门课不发证书。")


class Revoked(CourseRefused):
    sentence = _("这张证书已经撤销，不能再改。")


class SameName(CourseRefused):
    sentence = _("证书上的姓名和你现在的称呼一样，没有什么要改。")


class RenamedOften(CourseRefused):
    sentence = _("证书上的姓名改得够多了。还要改，请联系学校。")
