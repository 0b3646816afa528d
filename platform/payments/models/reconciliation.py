from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from web.templatetags.web import money


class Reconciliation(models.Model):
    """One day of one provider's bill held against our books."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等账单")
        EVEN = "even", _("一致")
        DIFFERENT = "different", _("有差异")

    provider = models.CharField(_("支付方式"), max_length=20)
    day = models.DateField(_("账单日"))
    state = models.CharField(_("结果"), max_length=10, choices=State, default=State.WAITING)
    lines = models.PositiveIntegerField(_("账单笔数"), default=0)
    received = models.BigIntegerField(_("收款"), default=0)
    returned = models.BigIntegerField(_("退款"), default=0)
    fees = models.BigIntegerField(_("手续费"), default=0)
    checked_at = models.DateTimeField(_("对账时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("对账")
        verbose_name_plural = _("对账")
        ordering = ["-day", "provider"]
        constraints = [models.UniqueConstraint(fields=["provider", "day"], name="one_reconciliation_per_day")]

    def __str__(self) -> str:
        return f"{self.provider} {self.day}"

    @property
    def state_shown(self) -> str:
        return self.get_state_display()

    @property
    def received_shown(self) -> str:
        return money(self.received, settings.CURRENCY)

    @property
    def returned_shown(self) -> str:
        return money(self.returned, settings.CURRENCY)


class Difference(models.Model):
    """One line on which the bill and our books disagree. Looking again removes what has been mended meanwhile."""

    class Kind(models.TextChoices):
        NOT_OURS = "not_ours", _("账单有，我们没有")
        NOT_THEIRS = "not_theirs", _("我们有，账单没有")
        AMOUNT = "amount", _("金额不同")
        CURRENCY = "currency", _("币种不同")
        TWICE = "twice", _("账单里出现两次")
        UNTOLD = "untold", _("账单已成，我们还没记")

    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.CASCADE, related_name="differences")
    kind = models.CharField(_("差异"), max_length=10, choices=Kind)
    what = models.CharField(max_length=8, help_text="paid or refunded")
    reference = models.CharField(_("商户单号"), max_length=120)
    ours = models.BigIntegerField(_("我们的金额"), null=True, blank=True)
    theirs = models.BigIntegerField(_("账单金额"), null=True, blank=True)
    note = models.CharField(_("处理"), max_length=200, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    wagtail_reference_index_ignore = True  # a sale is no page: nothing to index, no task

    class Meta:
        verbose_name = _("对账差异")
        verbose_name_plural = _("对账差异")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["reconciliation", "kind", "what", "reference"], name="one_row_per_difference"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"

    @property
    def what_shown(self) -> str:
        return str(_("收款") if self.what == "paid" else _("退款"))

    @property
    def ours_shown(self) -> str:
        return _shown(self.ours)

    @property
    def theirs_shown(self) -> str:
        return _shown(self.theirs)


def _shown(amount: int | None) -> str:
    return "—" if amount is None else money(amount, settings.CURRENCY)
