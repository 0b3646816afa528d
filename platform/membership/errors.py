"""Why membership says no: one exception per refusal, each with the sentence a person reads."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
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


class NoTrial(MembershipRefused):
    sentence = _("这个套餐现在不能试用。")


class TrialUsed(MembershipRefused):
    """Once per person and tier, and not for whoever has or had that tier or sits higher."""

    sentence = _("这一席你已经有过，不能再试用。")


class NothingToGive(MembershipRefused):
    sentence = _("没有这样东西可以送。请从列表里选一个。")


class BadBatch(MembershipRefused):
    sentence = _("一批从 1 个到 100,000 个，截止时间要在以后。")


class CodeIsUsed(MembershipRefused):
    """Too late to stop it."""

    sentence = _("这个码已经兑换，停不了。要收回，请到权益里收回那一份。")


class CodeRefused(MembershipRefused):
    """A code opens nothing for this person, and is not used up by the try."""


class CodeMistyped(CodeRefused):
    sentence = _("这个码抄得不对：一共 16 位，四位一组。请照原样再输一次。")


class CodeUnknown(CodeRefused):
    sentence = _("没有这个码。请照原样再输一次，或者问问给你码的人。")


class CodeUsed(CodeRefused):
    sentence = _("这个码已经被别人用了。请问问给你码的人。")


class CodeStopped(CodeRefused):
    sentence = _("这个码已经停用。请问问给你码的人。")


class CodeTooLate(CodeRefused):
    sentence = _("这个码过了兑换的期限。有疑问请联系书院。")


class CodeGoesBack(CodeRefused):
    """Whoever bought it has asked for the money back."""

    sentence = _("送你的人正在退款，这个码现在不能用。")


class CodeGivesNothing(CodeRefused):
    sentence = _("这个码要开的东西现在没有了，码还没有用掉。请联系书院。")


class HasItForever(CodeRefused):
    sentence = _("码里的你已经有了，而且没有期限。码没有用掉，可以送给别人。")


class NoUseForIt(CodeRefused):
    """The code is good, and adds nothing to what this person has; `why` is a sentence."""

    def __init__(self, why: str) -> None:
        self.sentence = f"{why}{_now('码没有用掉，可以送给别人。')}"
        super().__init__()


class NothingToPause(MembershipRefused):
    sentence = _("现在没有可以暂停的会员：要是买来的、正在用的，而且这一席允许暂停。固定日期和没有期限的不能暂停。")


class NoDaysToPause(MembershipRefused):
    sentence = _("这一年能暂停的天数已经用完。")


class RenewsByItself(MembershipRefused):
    sentence = _("自动续费的会员不能暂停，不然停着也会扣款。先停掉自动续费。")


class NotPaused(MembershipRefused):
    sentence = _("你的会员没有在暂停，不用恢复。")


class NotOnSale(NotForSale):
    sentence = _("这个套餐已经停售，请在会员页另选一个。")


class NotForYou(NotForSale):
    """It is on sale, but this person has no use for it, or cannot buy it now."""


class AlreadyCovered(NotForYou):
    sentence = _("这份套餐的日子，你现在的会员都已包含，不用再买。")


class HigherRuns(NotForYou):
    """Whoever sits higher has all of it already."""

    def __init__(self, *, higher: str, ends_at: datetime | None) -> None:
        super().__init__()
        self.higher, self.ends_at = higher, ends_at

    def __str__(self) -> str:
        if self.ends_at is None:
            return _now("你的%(higher)s已经包含这一席，不用再买。") % {"higher": self.higher}
        end = date_format(timezone.localtime(self.ends_at), "DATE_FORMAT")
        said = _now("你的%(higher)s已经包含这一席，到 %(end)s。到那以后再买，一天也不浪费。")
        return said % {"higher": self.higher, "end": end}


class StillRenews(NotForYou):
    sentence = _("你低一席的会员还在自动续费。先停掉自动续费，再来升级，免得两边扣款。")


class CreditTooLarge(NotForYou):
    sentence = _("你剩下的会员抵得过这个套餐的价格，而它的期限不能加长。请选按月、按季或按年的，多出的折成天数。")


class CreditMoved(NotForYou):
    """What was counted on when the order was placed has been given back, used or added to since."""

    sentence = _("下单以后你的会员有了变化，补的差价不对了。请重新下单。")


class AlreadyForever(NotForYou):
    sentence = _("你在这一席没有期限，不用再续。")


class PartsFirst(NotForYou):
    """What is still being paid in parts comes first."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title

    def __str__(self) -> str:
        said = _now("你的%(title)s在分期，还没付清。付清以后再买或升级；在「我」的页面可以提前付。")
        return said % {"title": self.title}


class PartsTooLong(NotForYou):
    """The goods end before their last part would be due."""

    sentence = _("离结束太近，来不及分期了。请一次付清。")


class PartPaid(NotForYou):
    """Two that paid the same part at once: the later money goes back."""

    sentence = _("这一期已经付过了，多付的会退回。")


class PartsEnded(NotForYou):
    """It was ended, or waited for too long."""

    sentence = _("这次分期已经结束，不能再付。想接着听，请重新开通。")


class HasItAlready(NotForYou):
    sentence = _("这门课已经是你的，不用再买。")


class CountedGoods(NotForSale):
    """Their places are counted for the whole only."""

    sentence = _("名额有限的商品不能分期。请一次付清。")


class NoGiftInParts(NotForSale):
    sentence = _("分期不能送人，后面几期要付第一期的人自己付。要送人，请一次付清。")


class PartsGoOn(MembershipRefused):
    sentence = _("分期买的会员不能暂停：每一期的日子在付第一期时就定好了。")
