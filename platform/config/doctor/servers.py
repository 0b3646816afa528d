"""What stands outside the program: is it there, and does it do what we need?"""

import secrets
import shutil
import time
from pathlib import Path
from urllib.parse import urlsplit

import redis as redis_client
from django.conf import settings
from django.core.mail import get_connection
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from config.checks import web_processes
from config.doctor.finding import Finding, bad, note, unsafe, well
from media.store import store

GIB = 1 << 30
PATIENCE = 5  # seconds


def database() -> Finding:
    topic, kind = _("数据库"), connection.vendor
    try:
        connection.ensure_connection()
    except Exception as error:
        return bad(
            topic,
            _("{kind} 连不上：{error}").format(kind=kind, error=error),
            _("检查 DATABASE_URL，确认数据库已启动。"),
        )
    if kind != "sqlite":
        return well(topic, f"{connection.display_name} {_version()} · {settings.DATABASES['default']['HOST']}")
    if web_processes() > 1:
        return note(topic, _("SQLite，却有多个网页进程"), _("多个进程请用 PostgreSQL：设 DATABASE_URL。"))
    return well(topic, f"SQLite {_version()} · {connection.settings_dict['NAME']}")


def _version() -> str:
    return ".".join(map(str, connection.get_database_version()))


def migrations() -> Finding:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        count = _("{n} 个迁移还没有执行").format(n=len(waiting))
        return bad(_("数据库结构"), count, _("运行 manage.py migrate。"))
    return well(_("数据库结构"), _("最新"))


def redis() -> Finding:
    if not settings.REDIS_URL:
        if web_processes() > 1:
            return bad(
                "Redis",
                _("没有设置，却有多个网页进程：学员会听不到"),
                _("设 REDIS_URL，或把 WEB_PROCESSES 设为 1。"),
            )
        return well("Redis", _("没有设置：单进程，用进程内的总线"))
    began = time.perf_counter()
    try:
        _redis().ping()
    except redis_client.RedisError as error:
        return bad("Redis", _("连不上：{error}").format(error=error), _("检查 REDIS_URL，确认 Redis 已启动。"))
    took = (time.perf_counter() - began) * 1000
    return well("Redis", _("{host},{ms:.0f} 毫秒").format(host=urlsplit(settings.REDIS_URL).hostname, ms=took))


def _redis() -> "redis_client.Redis":
    return redis_client.Redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)


def kept_bytes() -> Finding:
    """Write, read, find and delete one small thing, as a lesson would."""
    topic, kept = _("存储"), store()
    where = f"S3 {settings.S3_ENDPOINT} · {settings.S3_BUCKET}" if kept.name == "s3" else str(settings.STORE_ROOT)
    key, data = f"doctor/{secrets.token_hex(8)}", secrets.token_bytes(64)
    try:
        kept.put_bytes(key=key, data=data, mime="application/octet-stream")
        same = kept.read(key=key) == data and key in kept.keys(prefix="doctor/")
        kept.delete(key=key)
        gone = not kept.exists(key=key)
    except OSError as error:
        return bad(topic, f"{where}: {error}", _("检查存储的地址、密钥和权限。"))
    if not (same and gone):
        return bad(topic, _("{where} 写进去的读不回来").format(where=where), _("检查存储的一致性与权限。"))
    return well(topic, _("{where}，能写、能读、能删").format(where=where))


def uploads() -> Finding:
    """Editors' browsers put their files straight into the bucket: it has to let this school's pages in."""
    topic, kept = _("直接上传"), store()
    if kept.name != "s3":
        return well(topic, _("经过本机"))
    from media.store import cors

    remedy = _("运行 manage.py bucket_cors，或在存储桶的 CORS 里允许 {url} 用 PUT，并公开 ETag。")
    try:
        is_in = cors.lets_in(kept, settings.SITE_URL)  # type: ignore[arg-type]
    except OSError as error:
        return bad(topic, f"{settings.S3_PUBLIC_ENDPOINT}: {error}", _("检查 S3_PUBLIC_ENDPOINT：浏览器要能打开它。"))
    if not is_in:
        return bad(topic, _("存储桶不让学校的网页上传"), remedy.format(url=settings.SITE_URL))
    return well(topic, _("从浏览器直达存储桶"))


def disk() -> Finding:
    folder = Path(settings.LIVE_ROOT)
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    space = _("{folder} 还剩 {gib:.1f} GB").format(folder=folder, gib=free / GIB)
    if free < GIB:
        return bad(_("磁盘"), space, _("腾出空间：直播录音先写在这里。"))
    if free < 5 * GIB:
        return note(_("磁盘"), space, _("快满了，请腾出空间。"))
    return well(_("磁盘"), space)


def mail() -> Finding:
    topic = _("邮件")
    if "console" in settings.EMAIL_BACKEND:
        advice = _("设 EMAIL_URL，登录验证码才寄得出去。")
        return unsafe(topic, _("只打印在终端里"), advice, in_production=not settings.DEBUG)
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        post = get_connection(timeout=PATIENCE)
        post.open()
        post.close()
    except OSError as error:  # smtplib's refusals are OSErrors too
        return bad(
            topic,
            _("{where} 不通：{error}").format(where=where, error=error),
            _("检查 EMAIL_URL 的地址、端口和密码。"),
        )
    return well(topic, where)
