"""The chat platforms a school may speak to, each through the bot that a group's owner made there.

`apprise` knows how each wants to be spoken to, but answers only yes or no; the ledger wants to know why not and when
again. So its plugins get a wire of ours in place of `requests`: it reaches the platform's own host and no other, follows
no redirect, and remembers the reply.
"""

import json
import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings

from live.models import Delivery, OutsideGroup

Kind, Reason = OutsideGroup.Kind, Delivery.Reason
TIMEOUT = (5, 10)  # seconds to connect, to answer


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one message: no reason when it arrived; `wait` seconds when the platform says it is too much."""

    reason: str = ""
    detail: str = ""
    wait: float = 0


@dataclass(frozen=True)
class Platform:
    """`pace`: seconds between two messages into one group, so that its limit is never met; `limits`: its codes for being
    met all the same, each with how long it lasts."""

    host: str
    pace: float
    address: re.Pattern[str]
    bot: Callable[[list[str], str], Any]
    limits: dict[int, float] = field(default_factory=dict)


PLATFORMS: dict[str, Platform] = {
    Kind.WECOM: Platform(  # 20 a minute
        host="qyapi.weixin.qq.com",
        pace=3,
        address=re.compile(r"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=([\w-]{8,80})"),
        bot=lambda parts, secret: _plugin("wecombot.NotifyWeComBot")(key=parts[0]),
        limits={45009: 60},
    ),
    Kind.DINGTALK: Platform(  # 20 a minute, then ten minutes of silence
        host="oapi.dingtalk.com",
        pace=3,
        address=re.compile(r"https://oapi\.dingtalk\.com/robot/send\?access_token=([A-Za-z0-9]{16,100})"),
        bot=lambda parts, secret: _plugin("dingtalk.NotifyDingTalk")(token=parts[0], secret=secret or None),
        limits={130101: 600, 90030: 600, 660026: 600},
    ),
    Kind.FEISHU: Platform(  # 100 a minute and 5 a second
        host="open.feishu.cn",
        pace=0.6,
        address=re.compile(r"https://open\.feishu\.cn/open-apis/bot/v2/hook/([\w-]{8,80})/?"),
        bot=lambda parts, secret: _plugin("feishu.NotifyFeishu")(token=parts[0]),
        limits={11232: 60, 230020: 60},
    ),
    Kind.TELEGRAM: Platform(  # 20 a minute into one group
        host="api.telegram.org",
        pace=3,
        address=re.compile(r"(\d{5,15}:[\w-]{30,50})/(-?\d{5,20})"),
        bot=lambda parts, secret: _plugin("telegram.NotifyTelegram")(
            bot_token=parts[0], targets=[parts[1]], detect_owner=False
        ),
    ),
    Kind.SLACK: Platform(  # 1 a second
        host="hooks.slack.com",
        pace=1,
        address=re.compile(r"https://hooks\.slack\.com/services/(T\w{6,14})/(B\w{6,14})/(\w{16,40})"),
        bot=lambda parts, secret: _plugin("slack.NotifySlack")(
            token_a=parts[0], token_b=parts[1], token_c=parts[2], include_image=False
        ),
    ),
    Kind.DISCORD: Platform(  # 30 a minute
        host="discord.com",
        pace=2,
        address=re.compile(r"https://(?:discord|discordapp)\.com/api/webhooks/(\d{15,22})/([\w-]{50,100})"),
        bot=lambda parts, secret: _plugin("discord.NotifyDiscord")(webhook_id=parts[0], webhook_token=parts[1]),
    ),
}


def recognise(address: str) -> tuple[str, str] | None:
    """Which platform an address is of, and what of it names the bot; None for anything else."""
    for kind, platform in PLATFORMS.items():
        if found := platform.address.fullmatch(address.strip()):
            return kind, "/".join(found.groups())
    return None


def send(group: OutsideGroup, text: str) -> Verdict:
    """Say it in the group; never raises for what the platform or the network does."""
    bot = PLATFORMS[group.kind].bot(group.address.split("/"), group.secret)
    bot.request_rate_per_sec = 0  # the pace is kept in the database, where every worker sees it
    call = Call(group.kind)
    token = _call.set(call)
    try:
        bot.notify(body=text, body_format="text")
    finally:
        _call.reset(token)
    return _verdict(call)


@dataclass
class Call:
    """One message on its way; the first reply counts, for a plugin that asks again must not send twice."""

    kind: str
    reply: requests.Response | None = None
    trouble: str = ""


_call: ContextVar[Call] = ContextVar("call")


class Wire:
    """Stands where apprise's plugins expect `requests`."""

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)

    def post(self, url: str, **more: Any) -> requests.Response:
        return self.request("POST", url, **more)

    def get(self, url: str, **more: Any) -> requests.Response:
        raise requests.RequestException("nothing is read from there")

    def request(self, method: str, url: str, **more: Any) -> requests.Response:
        call = _call.get()
        if call.reply is not None:
            return call.reply
        more |= {"allow_redirects": False, "verify": True}
        more.pop("timeout", None)
        try:
            call.reply = requests.request(method, _allowed(call.kind, url), timeout=TIMEOUT, **more)
        except requests.RequestException as error:
            call.trouble = type(error).__name__
            raise
        return call.reply


def _allowed(kind: str, url: str) -> str:
    """The address, if it is the platform's own (promise S7); tests put a receiver of theirs in its place."""
    parts = urlsplit(url)
    if (parts.scheme, parts.netloc) != ("https", PLATFORMS[kind].host):
        raise requests.exceptions.InvalidURL("not the platform's own host")
    instead = settings.OUTSIDE_HOSTS.get(kind)
    if not instead:
        return url
    other = urlsplit(instead)
    return urlunsplit((other.scheme, other.netloc, *parts[2:]))


def _verdict(call: Call) -> Verdict:
    reply = call.reply
    if reply is None:
        return Verdict(Reason.UNREACHABLE, call.trouble)
    said = _said(reply)
    if reply.status_code == 429:
        return Verdict(Reason.LIMITED, "429", _wait(reply, said))
    code = next((said[name] for name in ("errcode", "code", "error_code") if said.get(name)), 0)
    detail = " ".join(map(str, filter(None, [code or reply.status_code, _message(reply, said)])))[:200]
    if code in PLATFORMS[call.kind].limits:
        return Verdict(Reason.LIMITED, detail, PLATFORMS[call.kind].limits[code])
    if reply.status_code >= 500:
        return Verdict(Reason.UNREACHABLE, detail)
    return Verdict() if reply.ok and not code and not reply.is_redirect else Verdict(Reason.REFUSED, detail)


def _said(reply: requests.Response) -> dict[str, Any]:
    try:
        said = json.loads(reply.content[:10_000] or b"{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _message(reply: requests.Response, said: dict[str, Any]) -> str:
    named = next((said[name] for name in ("errmsg", "msg", "description", "message") if said.get(name)), "")
    return str(named or reply.text[:80] if not reply.ok else named)


def _wait(reply: requests.Response, said: dict[str, Any]) -> float:
    """Seconds, as Slack and Discord say it in the header, Telegram in the text."""
    asked = reply.headers.get("Retry-After") or said.get("parameters", {}).get("retry_after") or said.get("retry_after")
    try:
        return min(max(float(asked or 60), 1), 3600)
    except ValueError:
        return 60


def _plugin(name: str) -> Any:
    """apprise's class for a platform, on our wire; loaded when first needed, for it takes half a second."""
    module, __, kind = name.partition(".")
    loaded = import_module(f"apprise.plugins.{module}")
    loaded.requests = Wire()  # type: ignore[attr-defined]
    for chatty in ("apprise", "urllib3.connectionpool"):  # in detail they would write whole addresses into the log
        logging.getLogger(chatty).setLevel(logging.WARNING)
    return getattr(loaded, kind)
