"""What goes on inside: money's door, the transcoder, the worker, the clock."""

import subprocess
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from config.doctor.finding import Finding, bad, note, unsafe, well
from media import job
from media.errors import RenditionFailed
from media.renditions import binary

NEEDED = {"aac", "libopus"}
LATE, LOST = timedelta(minutes=1), timedelta(minutes=10)
STUCK = timedelta(hours=4)
SKEW = timedelta(seconds=5)


def payments() -> Finding:
    known = ", ".join(settings.PAYMENTS)
    if not settings.PAYMENTS:
        return bad(_("支付"), _("没有任何支付方式"), _("设 PAYMENTS。"))
    if "sandbox" in settings.PAYMENTS:
        advice = _("沙盒不收真钱。对外开放前，把 PAYMENTS 设为真实的支付方式。")
        return unsafe(_("支付"), known, advice, in_production=not settings.DEBUG)
    return well(_("支付"), known)


def ffmpeg() -> Finding:
    try:
        program = binary()
        version, encoders = _said(program, "-version"), _said(program, "-encoders")
    except (RenditionFailed, OSError, subprocess.SubprocessError) as error:
        return bad("ffmpeg", str(error), _("安装 ffmpeg，或把 FFMPEG 设为它的路径。"))
    missing = NEEDED - {line.split()[1] for line in encoders.splitlines() if len(line.split()) > 1}
    if missing:
        lacking = _("{program} 缺少编码器：{missing}").format(program=program, missing=", ".join(sorted(missing)))
        return bad("ffmpeg", lacking, _("换一个带 libopus 和 aac 的 ffmpeg。"))
    return well("ffmpeg", f"{version.split()[2]} · libopus, aac · {program}")


def sandbox() -> Finding:
    topic = _("转码隔离")
    if job.is_confined():
        return well(topic, _("没有网络，只能写自己的文件夹"))
    advice = _("允许用户命名空间（user namespaces），容器里要放开 unshare。其他限制照常有效。")
    return note(topic, _("这台机器不让转码程序与网络和磁盘隔开"), advice)


def _said(program: str, about: str) -> str:
    command = [program, "-hide_banner", about]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout


def backlog() -> Finding:
    """A worker shows itself only by what it takes away."""
    topic, now = _("后台任务"), timezone.now()
    due, running = DBTaskResult.objects.ready(), DBTaskResult.objects.running()
    oldest = due.order_by("enqueued_at").values_list("enqueued_at", flat=True).first()
    waited = now - oldest if oldest else timedelta()
    state = _("没有积压")
    if oldest:
        state = _("等待 {n} 个，最早的已等 {s} 秒").format(n=due.count(), s=round(waited.total_seconds()))
    if waited > LOST:
        return bad(topic, state, _("没有人在做。请启动 manage.py work。"))
    if waited > LATE:
        return note(topic, state, _("后台进程太忙或没有启动：manage.py work。"))
    if stuck := running.filter(started_at__lt=now - STUCK).count():
        return note(topic, _("{n} 个任务做到一半没有下文").format(n=stuck), _("后台进程可能中途被杀。请重新发起。"))
    return _recent(topic, state, now)


def _recent(topic: str, state: str, now: datetime) -> Finding:
    day = DBTaskResult.objects.filter(finished_at__gt=now - timedelta(days=1))
    if failed := day.failed().count():
        return note(topic, _("{state}；一天内失败 {n} 个").format(state=state, n=failed), _("到管理后台查看失败原因。"))
    last = DBTaskResult.objects.finished().order_by("-finished_at").values_list("finished_at", flat=True).first()
    done = timezone.localtime(last).strftime("%m-%d %H:%M") if last else _("还没有")
    return well(topic, _("{state}；上次完成：{done}").format(state=state, done=done))


def planned() -> Finding:
    """Pages that were to appear or to disappear by themselves."""
    from cms.schedule import missed  # the doctor also looks at a school whose pages cannot be loaded

    topic, late = _("定时发布"), missed()
    if not late:
        return well(topic, _("没有过了时间的"))
    first = late[0]
    when = timezone.localtime(first.at).strftime("%m-%d %H:%M")
    told = _("{n} 页过了时间，最早的《{title}》该在 {when}").format(n=len(late), title=first.page.title, when=when)
    return bad(topic, told, first.why or _("没有人在做。请启动 manage.py work。"))


def clock() -> Finding:
    """Links, tickets and payment signatures all live by the clock; another machine's is the witness."""
    topic, here = _("时钟"), timezone.now()
    shown = f"{timezone.localtime(here):%Y-%m-%d %H:%M:%S} {settings.TIME_ZONE}"
    if connection.vendor != "postgresql":
        return well(topic, shown)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there = cursor.fetchone()[0]
    if abs(there - timezone.now()) > SKEW:
        return bad(
            topic,
            _("与数据库相差 {s:.0f} 秒").format(s=abs((there - here).total_seconds())),
            _("请校准时钟(NTP)。"),
        )
    return well(topic, shown)
