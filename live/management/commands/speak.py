import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import av
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from websockets.exceptions import WebSocketException

from accounts.models import User
from live.client import RefusedByServer, opus_packets
from live.errors import Refused
from live.models import Broadcast
from live.reconnecting import Microphone
from live.services.find import find_broadcast
from live.services.tickets import issue_ticket

PATIENCE = 60.0  # seconds for a school that is away to come back


class Command(BaseCommand):
    help = _("把一个音频文件当作直播讲出去 (录播直放)")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("lesson", help=_("直播小节的编号或题目"))
        parser.add_argument("file", type=Path, help=_("任何 ffmpeg 能读的音频"))
        parser.add_argument("--as", dest="email", default="", help=_("以谁的身份讲；不写就是主讲老师"))
        parser.add_argument("--site", default=settings.SITE_URL, help=_("学校的地址"))
        parser.add_argument("--end", action="store_true", help=_("讲完就下课"))

    def handle(self, *, lesson: str, file: Path, email: str, site: str, end: bool, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(_("找不到文件 %s。") % file)
        try:
            broadcast = find_broadcast(lesson)
            speaker = _speaker(broadcast, email)
            issue = partial(issue_ticket, person=speaker, broadcast=broadcast, part="speak")
            microphone = Microphone([site], lambda: asyncio.to_thread(issue))
            microphone.again = issue()
            packets = list(opus_packets(file))
            asyncio.run(self._speak(microphone, packets, end=end))
        except (Refused, RefusedByServer) as refusal:
            raise CommandError(str(refusal)) from None
        except av.FFmpegError:
            raise CommandError(_("%s 不是能播放的音频。") % file.name) from None
        except (OSError, WebSocketException) as error:
            raise CommandError(
                _("连不上 %(site)s: %(error)s。先启动学校 (make run)。") % {"site": site, "error": error}
            ) from None

    async def _speak(self, microphone: Microphone, packets: list[bytes], *, end: bool) -> None:
        staying = asyncio.create_task(microphone.stay())
        while not microphone.hellos and not staying.done():
            await asyncio.sleep(0.02)
        speaking = asyncio.create_task(
            microphone.say(packets, told=lambda seconds: self._progress(seconds, microphone, packets))
        )
        await asyncio.wait({staying, speaking}, return_when=asyncio.FIRST_COMPLETED)
        if staying.done():
            speaking.cancel()
            staying.result()
            raise RefusedByServer(_("连接断开了，没有讲完。"))
        await asyncio.wait_for(microphone.all_durable(), timeout=PATIENCE)
        self.stdout.write("\n" + _("讲完了，%d 帧都已存好。") % microphone.durable)
        if end:
            microphone.end()
            await asyncio.wait_for(staying, timeout=PATIENCE)
            self.stdout.write(_("已下课，回放正在整理。"))
        staying.cancel()

    def _progress(self, seconds: float, microphone: Microphone, packets: list[bytes]) -> None:
        if self.stdout.isatty() or int(seconds * 100) % 500 < 6:
            listeners = microphone.stats.get("listeners", 0)
            line = _("正在讲 %(now).0f / %(all).0f 秒，%(n)d 人在听") % {
                "now": seconds,
                "all": len(packets) / 50,
                "n": listeners,
            }
            self.stdout.write(f"\r{line}", ending="")
            self.stdout.flush()


def _speaker(broadcast: Broadcast, email: str) -> User:
    if not email:
        return broadcast.lesson.course.instructor
    try:
        return User.objects.by_email(email)
    except User.DoesNotExist:
        raise CommandError(_("没有邮箱是 %s 的人。") % email) from None
