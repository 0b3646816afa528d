from django.db import models
from django.utils.translation import gettext_lazy as _

from cohorts.models import Cohort


class OutsideGroup(models.Model):
    """A chat group on another platform, reached through the bot that its owner added there.

    `address` is what the platform's own address says of this bot, in parts joined by "/"; no whole address is kept, so
    nothing but the platform can be called. It opens the group to whoever has it: it is never shown again.
    """

    class Kind(models.TextChoices):
        WECOM = "wecom", _("企业微信")
        DINGTALK = "dingtalk", _("钉钉")
        FEISHU = "feishu", _("飞书")
        TELEGRAM = "telegram", "Telegram"
        SLACK = "slack", "Slack"
        DISCORD = "discord", "Discord"

    name = models.CharField(_("群名"), max_length=60)
    kind = models.CharField(_("平台"), max_length=8, choices=Kind)
    address = models.CharField(max_length=300)
    secret = models.CharField(max_length=120, blank=True)
    cohort = models.ForeignKey(
        Cohort, on_delete=models.CASCADE, null=True, blank=True, related_name="outside", help_text=_("空 = 全校的")
    )
    is_enabled = models.BooleanField(_("启用"), default=True)
    next_at = models.DateTimeField(null=True, blank=True, help_text=_("在这之前不发，平台限流"))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("外部群")
        verbose_name_plural = _("外部群")
        ordering = ["kind", "name"]
        constraints = [models.UniqueConstraint(fields=["kind", "address"], name="one_group_per_address")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.name}"

    @property
    def hint(self) -> str:
        """Enough of the address to tell two bots apart."""
        return f"…{self.address[-4:]}"
