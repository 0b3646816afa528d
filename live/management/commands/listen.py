import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from websockets.exceptions import WebSocketException

from accounts.models import User
from live.client import Heard, RefusedByServer
from live.engine import ogg
from live.errors import Refused
from live.reconnecting import Listener
from live.services.find import find_broadcast, live_lessons
from live.services.tickets import issue_ticket


class Command(BaseCommand):
    help = _("听一讲直播，把听到的存成文件，并报告帧数、缺口和延迟")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("lesson", nargs="?", default="", help=_("直播小节的编号或题目"))
        parser.add_argument("--list", action="store_true", help=_("列出直播小节"))
        parser.add_argument("--as", dest="email", default="", help=_("以谁的身份听"))
        parser.add_argument("--cohort", default="", help=_("在哪个群里听"))
        parser.add_argument("--out", type=Path, help=_("把第一位听众听到的存到这个 .ogg"))
        parser.add_argument("--count", type=int, default=1, help=_("同时有几位听众"))
        parser.add_argument("--seconds", type=float, default=0, help=_("听多久；0 = 听到下课"))
        parser.add_argument("--site", default=settings.SITE_URL, help=_("学校的地址"))
        parser.add_argument("--json", action="store_true", help=_("用一行 JSON 报告"))

    def handle(self, **options: Any) -> None:
        if options["list"]:
            for number, title, state in live_lessons():
                self.stdout.write(f"{number}\t{title}\t{state}")
            return
        if not options["lesson"] or not options["email"] or options["count"] < 1:
            raise CommandError(_("说清楚听哪一讲、以谁的身份听：manage.py listen 小节 --as 邮箱 --cohort 群名"))
        if options["out"] and not options["out"].parent.is_dir():
            raise CommandError(_("文件夹 %s 不存在。") % options["out"].parent)
        try:
            ears = self._ears(options)
            asyncio.run(self._listen(ears, options["seconds"]))
        except (Refused, RefusedByServer) as refusal:
            raise CommandError(str(refusal)) from None
        except (OSError, WebSocketException) as error:
            raise CommandError(
                _("连不上 %(site)s: %(error)s。先启动学校 (make run)。") % {"site": options["site"], "error": error}
            ) from None
        self._report(options, [heard for _, heard in ears])

    def _ears(self, options: dict[str, Any]) -> list[tuple[Listener, Heard]]:
        try:
            person = User.objects.by_email(options["email"])
        except User.DoesNotExist:
            raise CommandError(_("没有邮箱是 %s 的人。") % options["email"]) from None
        broadcast = find_broadcast(options["lesson"])
        cohort = None
        if options["cohort"]:
            cohort = broadcast.cohorts.filter(name=options["cohort"]).first()
            if cohort is None:
                raise CommandError(_("这一讲没有转播到「%s」。") % options["cohort"])
        cohort_id = cohort.pk if cohort else None
        issue = partial(issue_ticket, person=person, broadcast=broadcast, part="listen", cohort_id=cohort_id)
        ears = []
        for index in range(options["count"]):
            heard = Heard(keeps=index == 0)
            listener = Listener([options["site"]], lambda: asyncio.to_thread(issue), heard)
            listener.again = issue()
            ears.append((listener, heard))
        return ears

    async def _listen(self, ears: list[tuple[Listener, Heard]], seconds: float) -> None:
        jobs = [asyncio.create_task(listener.stay()) for listener, _ in ears]
        _done, late = await asyncio.wait(jobs, timeout=seconds or None)
        for job in late:
            job.cancel()
        for result in await asyncio.gather(*jobs, return_exceptions=True):
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                raise result

    def _report(self, options: dict[str, Any], everyone: list[Heard]) -> None:
        late = sorted(ms for heard in everyone for ms in heard.late_ms)
        figures = {
            "listeners": len(everyone),
            "frames": sum(heard.frames for heard in everyone),
            "gaps": sum(heard.gaps for heard in everyone),
            "late_ms": {f"p{p}": round(late[int((len(late) - 1) * p / 100)], 1) for p in (50, 95, 100)} if late else {},
        }
        if options["out"] and everyone[0].packets:
            length = ogg.write(packets=everyone[0].packets, path=options["out"]) // 48
            figures |= {"out": str(options["out"]), "seconds": length / 1000}
        if options["json"]:
            self.stdout.write(json.dumps(figures, ensure_ascii=False))
            return
        self.stdout.write(_("%(listeners)d 位听众，收到 %(frames)d 帧，缺口 %(gaps)d 处") % figures)
        if late:
            self.stdout.write(
                _("从服务器收到到听众拿到，毫秒：一半在 %(p50)s 内，95%% 在 %(p95)s 内，最慢 %(p100)s")
                % figures["late_ms"]
            )
        if "out" in figures:
            self.stdout.write(_("听到的 %(seconds).1f 秒存进了 %(out)s") % figures)
