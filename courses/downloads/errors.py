"""Why somebody cannot download a lesson, or may not keep it."""

from django.utils.translation import gettext_lazy as _

from courses.errors import CourseRefused


class DownloadRefused(CourseRefused):
    sentence = _("这一讲现在不能下载。")


class NotAllowed(DownloadRefused):
    sentence = _("这门课没有开放下载，联网时随时可以听。")


class NoSound(DownloadRefused):
    sentence = _("这一讲还没有能下载的声音。")


class Counted(DownloadRefused):
    sentence = _("你的会员限定了同时听的处数，离线的书院数不出来，所以这一级会员不能下载。")


class NotOpen(DownloadRefused):
    """The reason is why it is closed to this person."""

    def __str__(self) -> str:
        return str(self.args[0])
