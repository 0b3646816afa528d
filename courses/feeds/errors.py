"""Why somebody gets no feed."""

from django.utils.translation import gettext_lazy as _

from courses.errors import CourseRefused


class FeedRefused(CourseRefused):
    sentence = _("现在不能建播客订阅。")


class NothingOpen(FeedRefused):
    sentence = _("这门课现在没有对你开放，建不了它的播客订阅。")


class Counted(FeedRefused):
    sentence = _("你的会员限定了设备数或同时听的处数。播客 App 在哪里放，书院数不出来，所以这一级会员没有播客订阅。")
