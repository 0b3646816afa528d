"""Why membership says no: one exception per refusal, each with the sentence a person reads."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.errors import NotForSale


class MembershipRefused(Exception):
    """A right cannot be given; `sentence` (also `str()`) is what to show."""

    sentence: str | Promise = _("这份权益现在给不了。")

    def __init__(self) -> None:
        super().__init__(str(self.sentence))


class OpensNothing(MembershipRefused):
    sentence = _("一份权益要么给一个会员等级，要么给一门课，二者选一。")


class EndsTooSoon(MembershipRefused):
    sentence = _("权益的结束时间要晚于开始时间。")


class SourceTaken(MembershipRefused):
    """The same source already gave something to someone else."""

    sentence = _("这个来处已经给了另一份权益，不能再用。")


class NotOnSale(NotForSale):
    sentence = _("这个套餐已经停售，请在会员页另选一个。")


class AlreadyCovered(NotForSale):
    sentence = _("这份套餐的日子，你现在的会员都已包含，不用再买。")


class AlreadyForever(NotForSale):
    sentence = _("你在这一席没有期限，不用再续。")
