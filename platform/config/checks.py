"""What must not be so where strangers come: each check refuses one unsafe default when DEBUG=0."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from config import env
from media.errors import RenditionFailed
from media.renditions import binary
from payments.providers.alipay import setup as alipay_setup
from payments.providers.wechat import keys as wechat_keys

SHORTEST_SECRET = 32


def web_processes() -> int:
    """How many server processes share this school (WEB_PROCESSES)."""
    try:
        return max(1, int(env.text("WEB_PROCESSES", "1")))
    except ValueError as error:
        raise ImproperlyConfigured("WEB_PROCESSES must be a whole number, such as 2.") from error


@register(Tags.security)
def secret(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or not (settings.SECRET_KEY_IS_GENERATED or len(settings.SECRET_KEY) < SHORTEST_SECRET):
        return []
    return [Error(_("SECRET_KEY 是自动生成的，或者太短。"), hint=_("设为至少 50 个随机字符。"), id="config.E001")]


@register(Tags.security)
def payments(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or "sandbox" not in settings.PAYMENTS:
        return []
    hint = _("把 PAYMENTS 设为真实的支付方式。")
    return [Error(_("沙盒支付不收真钱，谁都能免费“付款”。"), hint=hint, id="config.E002")]


@register(Tags.security)
def bus(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.REDIS_URL or web_processes() == 1:
        return []
    sentence = _("有多个网页进程，却没有 Redis：一个进程里的老师，另一个进程里的学员听不到。")
    return [Error(sentence, hint=_("设 REDIS_URL，或把 WEB_PROCESSES 设为 1。"), id="config.E003")]


@register(Tags.compatibility)
def transcoder(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG:
        return []
    try:
        binary()
    except RenditionFailed as error:
        return [Error(str(error), id="config.E004")]
    return []


@register(Tags.security)
def hosts(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or "*" not in settings.ALLOWED_HOSTS:
        return []
    return [Error(_("ALLOWED_HOSTS 接受任何域名。"), hint=_("设为学校的域名。"), id="config.E005")]


@register(Tags.files)
def bucket(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Half a bucket is worse than none: bytes would silently go to the disk. Also while trying out."""
    rest = {name: getattr(settings, name) for name in ("S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY")}
    if bool(settings.S3_BUCKET) == all(rest.values()) == any(rest.values()):
        return []
    every = {"S3_BUCKET": settings.S3_BUCKET, **rest}
    missing = ", ".join(name for name, value in every.items() if not value)
    return [Error(_("S3 只设置了一半。"), hint=_("还缺：{missing}").format(missing=missing), id="config.E006")]


@register(Tags.security)
def wechat(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A school that says it takes WeChat Pay must be able to. Also while trying out."""
    wrong = wechat_keys.wrong() if "wechat" in settings.PAYMENTS else []
    if not wrong:
        return []
    hint = _("缺少或读不懂：{missing}").format(missing=", ".join(wrong))
    return [Error(_("PAYMENTS 里有 wechat，可是微信支付的设置不全。"), hint=hint, id="config.E012")]


@register(Tags.security)
def alipay(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A school that says it takes Alipay must be able to. Also while trying out."""
    wrong = alipay_setup.missing() if "alipay" in settings.PAYMENTS else []
    if not wrong:
        return []
    hint = _("缺少或读不懂：{missing}").format(missing=", ".join(wrong))
    return [Error(_("PAYMENTS 里有 alipay，可是支付宝的设置不全。"), hint=hint, id="config.E011")]


@register(Tags.security)
def stripe(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Also while trying out: a key that is missing or cut off is found at the first buyer otherwise."""
    if "stripe" not in settings.PAYMENTS:
        return []
    key, secrets = str(settings.STRIPE["secret_key"]), settings.STRIPE["webhook_secrets"]
    is_right = {
        "STRIPE_SECRET_KEY": key.startswith(("sk_test_", "sk_live_", "rk_test_", "rk_live_")),
        "STRIPE_WEBHOOK_SECRET": bool(secrets) and all(one.startswith("whsec_") for one in secrets),
    }
    wrong = ", ".join(name for name, right in is_right.items() if not right)
    if wrong:
        sentence = _("PAYMENTS 里有 stripe，但它的密钥没有填或不完整：{names}").format(names=wrong)
        return [
            Error(sentence, hint=_("到 Stripe 后台复制完整的密钥，或从 PAYMENTS 里去掉 stripe。"), id="config.E013")
        ]
    if "_test_" in key and not settings.DEBUG:
        hint = _("换成 sk_live_ 或 rk_live_ 开头的密钥。")
        return [Error(_("Stripe 的测试密钥不收真钱，谁都能免费“付款”。"), hint=hint, id="config.E014")]
    return []
