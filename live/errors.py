"""One exception per refusal of the live room, each with its close code and its sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class Refused(Exception):
    """A refusal a person hears. `code` is what a program reads, `close` the WebSocket close code, `status` HTTP's."""

    code = "refused"
    close = 4400
    status = 400
    sentence: str | StrPromise = _("这一步现在做不了。")

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or str(self.sentence))
        if sentence:
            self.sentence = sentence


class Malformed(Refused):
    code, close = "malformed", 4400
    sentence = _("收到的数据格式不对，连接已断开。刷新页面再试。")


class TooBig(Refused):
    code, close, status = "too_big", 4413, 413
    sentence = _("一次发来的数据太大，连接已断开。")


class BadTicket(Refused):
    code, close, status = "ticket", 4401, 401
    sentence = _("入场凭证已用过或已过期。刷新页面就能重新进来。")


class SignIn(Refused):
    code, close, status = "sign_in", 4401, 401
    sentence = _("先登录，再进来。")


class NoAccess(Refused):
    code, close, status = "access", 4403, 403
    sentence = _("你还没有收听这一讲的权益。")


class DeviceReleased(Refused):
    code, close, status = "device", 4403, 403
    sentence = _("这台设备已被移除。重新登录，就能在这台上接着听。")


class Elsewhere(Refused):
    """Too many places at once: a newer one has begun."""

    code, close, status = "elsewhere", 4409, 409
    sentence = _(
        "你的会员同时能听的地方满了。别处刚刚开始播放，这里停了。想在这里听，点「再试一次」，最早的那一处会停。"
    )


class MicrophoneTaken(Refused):
    code, close, status = "busy", 4409, 409
    sentence = _("这一讲已经有一支麦克风在用。先在那边结束，再从这里开讲。")


class AlreadyEnded(Refused):
    code, close, status = "ended", 4410, 409
    sentence = _("这一讲已经下课了。")


class TooSlow(Refused):
    code, close = "slow", 4408
    sentence = _("网络太慢，声音没能跟上。检查网络后再进来，会从直播处接着听。")


class NotRelayedHere(Refused):
    code, close, status = "cohort", 4403, 403
    sentence = _("你不在这个群里，或者这一讲没有转播到这个群。")


class TooFast(Refused):
    code, close, status = "rate", 4429, 429
    sentence = _("说得太快了，歇几秒再发。")

    def __init__(self, sentence: str = "", *, retry_after: int = 5) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after  # seconds


class Unavailable(Refused):
    code, close, status = "unavailable", 4503, 503
    sentence = _("学校的数据库暂时连不上，正在直播的声音不受影响。几秒后会自动再进。")


class Full(Refused):
    code, close, status = "full", 4429, 503
    sentence = _("这间教室已经坐满。可以先用后台收听，声音晚几秒，一句不少。")


class Halted(Refused):
    code, close, status = "halted", 4423, 409
    sentence = _("直播已被暂停。点「恢复直播」之后再说。")


class ClipBusy(Refused):
    code, status = "clip", 409
    sentence = _("这一条现在改不了。")


class NoSuchClip(Refused):
    code, status = "clip", 404
    sentence = _("没有这一条语音。")


class BadInput(Refused):
    code = "input"
