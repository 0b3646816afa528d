"""What is refused of a report of listening. `name` is for the script that sent it."""

from django.utils.translation import gettext_lazy as _

from courses.errors import CourseRefused


class HearingRefused(CourseRefused):
    name = "refused"
    sentence = _("这份收听记录记不进去。")


class Unreadable(HearingRefused):
    name = "unreadable"
    sentence = _("读不懂这份收听记录。")


class TooMuch(HearingRefused):
    name = "too-much"
    sentence = _("这份收听记录太长，请分几次送。")


class NotATicket(HearingRefused):
    name = "ticket"
    sentence = _("收听凭据不对，请重新打开这一节。")


class NotYourTicket(HearingRefused):
    name = "person"
    sentence = _("这份收听记录是另一个账号的。")


class TicketTooOld(HearingRefused):
    name = "old"
    sentence = _("收听凭据已经过了 30 天，这份记录记不进去了。")
