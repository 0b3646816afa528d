from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments.models.order import Order


class Invoice(models.Model):
    """What the buyer wants on the invoice (发票抬头); `number` is that of the tax office once it has been issued."""

    class Kind(models.TextChoices):
        PERSON = "person", _("个人")
        COMPANY = "company", _("单位")

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="invoice")
    kind = models.CharField(_("抬头类型"), max_length=8, choices=Kind, default=Kind.PERSON)
    title = models.CharField(_("抬头"), max_length=100)
    tax_number = models.CharField(
        _("税号"),
        max_length=20,
        blank=True,
        validators=[RegexValidator(r"^[0-9A-Z]{15,20}$", _("税号是 15 到 20 位数字和大写字母。"))],
    )
    email = models.EmailField(_("收票邮箱"))
    number = models.CharField(_("发票号码"), max_length=40, blank=True)
    asked_at = models.DateTimeField(_("申请时间"), auto_now_add=True)
    issued_at = models.DateTimeField(_("开出时间"), null=True, blank=True)

    wagtail_reference_index_ignore = True  # a sale is no page: nothing to index, no task

    class Meta:
        verbose_name = _("发票")
        verbose_name_plural = _("发票")
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="company", tax_number=""),
                name="a_company_has_a_tax_number",
                violation_error_message=_("单位抬头要填税号。"),
            ),
        ]

    def __str__(self) -> str:
        return self.title
