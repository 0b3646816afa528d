"""Why money says no: one exception per refusal, each with the sentence a person reads."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class PaymentRefused(Exception):
    """Something about buying or giving back is refused; `str()` is the sentence to show."""

    sentence: str | Promise = _("这笔款现在处理不了，请稍后再试。")

    def __str__(self) -> str:
        return str(self.sentence)


class NotForSale(PaymentRefused):
    """The goods do not exist or cannot be bought by this person. Apps that sell goods raise kinds of this."""

    sentence = _("这件商品不存在，或者已经停售。请回到课程或会员页重新选择。")


class SoldOut(NotForSale):
    sentence = _("名额已经满了。有人退出时会再放出来。")


class NoWayToPay(PaymentRefused):
    sentence = _("没有这种支付方式，请换一种再付。")


class NotPayable(PaymentRefused):
    """The order is paid, refunded or closed."""

    sentence = _("这张订单已经付过或者关闭了，不能再付。")


class NotClosable(PaymentRefused):
    sentence = _("这张订单已经付过，不能关闭。要退款请用退款按钮。")


class NothingToRefund(PaymentRefused):
    sentence = _("这张订单没有可退的款。")


class RefundTooLarge(PaymentRefused):
    sentence = _("退款不能超过还没退的金额。")


class RefundWindowOver(PaymentRefused):
    sentence = _("已经过了可以自己退款的期限。有疑问请联系书院。")


class NothingToInvoice(PaymentRefused):
    sentence = _("付过款、没有全退的订单才能开发票。")


class InvoiceIssued(PaymentRefused):
    sentence = _("这张订单的发票已经开出。要改请联系书院。")


class RefundKept(PaymentRefused):
    """What was bought cannot be given back as things stand; the goods say why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class ProviderUnreachable(PaymentRefused):
    """The provider did not answer; nothing is known to have happened."""

    sentence = _("支付方暂时没有回应，请过一会儿再试。")


class ProviderRefused(PaymentRefused):
    """The provider said no, in its own words; asking the same again would bring the same answer."""

    sentence = _("支付方拒绝了这次操作。")

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        if not self.reason:
            return str(self.sentence)
        return gettext("支付方拒绝了这次操作：%(reason)s") % {"reason": self.reason}


class AttemptOver(PaymentRefused):
    """The provider does not take this attempt up again, nor is it paid; another may be begun."""

    sentence = _("这次付款已经作废，请再点一次付款。")


class BillNotReady(PaymentRefused):
    sentence = _("支付方还没有出这一天的账单，晚些再对。")


class WebhookRefused(PaymentRefused):
    """A notice is not believed. Nothing has been changed."""

    sentence = _("这条支付通知不可信，没有处理。")


class BadSignature(WebhookRefused):
    sentence = _("这条支付通知的签名不对，没有处理。")


class StaleNotice(WebhookRefused):
    sentence = _("这条支付通知的时间超出了允许的范围，没有处理。")


class Unreadable(WebhookRefused):
    sentence = _("这条支付通知读不懂，没有处理。")


class UnknownPayment(WebhookRefused):
    sentence = _("这条支付通知说的付款，我们没有，没有处理。")


class WrongReceiver(WebhookRefused):
    """A genuine notice meant for another merchant or application."""

    sentence = _("这条支付通知不是发给本院的，没有处理。")


class WrongAmount(WebhookRefused):
    sentence = _("这条支付通知的金额或币种与订单不符，没有处理。")
