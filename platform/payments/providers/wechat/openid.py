"""Who the buyer is to WeChat: asked silently inside its browser (snsapi_base).

https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
"""

from urllib.parse import urlencode

import requests
from django.conf import settings

from payments.errors import ProviderRefused, ProviderUnreachable
from payments.providers.wechat.client import PATIENCE_SECONDS


def where_to_ask(*, come_back: str, state: str) -> str:
    """The address to which the buyer's browser goes; it comes back with ``code`` and ``state``."""
    asked = {"appid": settings.WECHAT["appid"], "redirect_uri": come_back, "response_type": "code"}
    asked |= {"scope": "snsapi_base", "state": state}
    return f"{settings.WECHAT['open'].rstrip('/')}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"


def of(code: str) -> str:
    """Whose code this is; a code answers once. Raises `ProviderRefused`, `ProviderUnreachable`."""
    ours = settings.WECHAT
    asked = {"appid": ours["appid"], "secret": ours["app_secret"], "code": code, "grant_type": "authorization_code"}
    try:
        answer = requests.get(f"{_answers_at()}/sns/oauth2/access_token", params=asked, timeout=PATIENCE_SECONDS)
        answer.raise_for_status()
        said = answer.json()
    except requests.RequestException:  # not chained: its text holds the secret
        raise ProviderUnreachable from None
    if not isinstance(said, dict) or not said.get("openid"):
        raise ProviderRefused(str(said.get("errmsg", "")) if isinstance(said, dict) else "")
    return str(said["openid"])


def _answers_at() -> str:
    """Browsers ask at open.weixin.qq.com, servers at api.weixin.qq.com."""
    address = str(settings.WECHAT["open"]).rstrip("/")
    return address.replace("://open.weixin.qq.com", "://api.weixin.qq.com")
