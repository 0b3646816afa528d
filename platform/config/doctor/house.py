"""The program and its own settings."""

import platform
import sys

import django
from django.conf import settings
from django.utils.translation import gettext as _

from config.doctor.finding import Finding, bad, note, unsafe, well

OLDEST = (3, 11)


def python() -> Finding:
    found = platform.python_version()
    if sys.version_info < OLDEST:
        return bad("Python", found, _("需要 Python 3.11 或更新的版本。"))
    return well("Python", f"{found} · {sys.prefix}")


def django_itself() -> Finding:
    if settings.DEBUG:
        return note("Django", _("{version}，调试模式").format(version=django.__version__), _("对外开放前设 DEBUG=0。"))
    return well("Django", _("{version}，生产模式").format(version=django.__version__))


def secret() -> Finding:
    if settings.SECRET_KEY_IS_GENERATED:
        advice = _("对外开放前，把 SECRET_KEY 设为一段够长的随机文字。")
        return unsafe("SECRET_KEY", _("自动生成，保存在数据文件夹里"), advice, in_production=not settings.DEBUG)
    if len(settings.SECRET_KEY) < 32:
        advice = _("换成至少 50 个随机字符。")
        return unsafe("SECRET_KEY", _("太短，容易被猜到"), advice, in_production=not settings.DEBUG)
    return well("SECRET_KEY", _("已设置"))


def hosts() -> Finding:
    topic, known = "ALLOWED_HOSTS", ", ".join(settings.ALLOWED_HOSTS)
    if not settings.ALLOWED_HOSTS and not settings.DEBUG:
        return bad(topic, _("空的：所有请求都会被拒绝"), _("设为学校的域名，多个用逗号分开。"))
    if "*" in settings.ALLOWED_HOSTS:
        advice = _("对外开放前，设为学校的域名。")
        return unsafe(topic, _("接受任何域名"), advice, in_production=not settings.DEBUG)
    return well(topic, known)


def address() -> Finding:
    """Browsers give a microphone only to https pages and to the machine's own address."""
    topic, url = "SITE_URL", settings.SITE_URL
    if url.startswith("https://"):
        return well(topic, url)
    if settings.DEBUG:
        return well(topic, _("{url}(只在本机可用麦克风)").format(url=url))
    return bad(
        topic,
        _("{url} 不是 https").format(url=url),
        _("浏览器只在 https 下允许麦克风。请配置证书并设 SITE_URL。"),
    )
