"""The operator asks: is this school well?"""

import json
import os
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from config.doctor import Level, examine, house, servers, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def alone(settings, monkeypatch, tmp_path):
    """Nothing configured: as on the first day."""
    settings.REDIS_URL = settings.S3_BUCKET = ""
    settings.STORE_ROOT = tmp_path / "store"
    settings.DEBUG, settings.PAYMENTS, settings.ALLOWED_HOSTS = True, ["sandbox"], ["*"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    monkeypatch.delenv("WEB_PROCESSES", raising=False)


def enqueued(*, minutes, status="READY", **times):
    row = DBTaskResult.objects.create(
        task_path="media.tasks.render",
        args_kwargs={"args": [1], "kwargs": {}},
        backend_name="default",
        status=status,
        **times,
    )
    DBTaskResult.objects.filter(pk=row.pk).update(enqueued_at=timezone.now() - timedelta(minutes=minutes))


def test_on_the_first_day_everything_works_and_the_command_says_so(capsys):
    call_command("doctor")
    said = capsys.readouterr().out
    assert "不行" not in said
    assert "都能用" in said
    for topic in (
        "Python",
        "Django",
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "SITE_URL",
        "数据库",
        "Redis",
        "存储",
        "磁盘",
        "邮件",
        "支付",
        "ffmpeg",
        "后台任务",
        "时钟",
    ):
        assert topic in said


def test_every_remark_says_what_to_do():
    assert [f.topic for f in examine() if f.level != Level.OK and not f.remedy] == []


def test_the_same_as_json(capsys):
    call_command("doctor", "--json")
    report = json.loads(capsys.readouterr().out)
    assert report["well"] is True
    assert {finding["level"] for finding in report["findings"]} <= {"ok", "note", "bad"}


def test_where_strangers_come_the_defaults_are_broken_and_so_is_the_exit_status(settings, capsys):
    settings.DEBUG = False
    with pytest.raises(SystemExit) as left:
        call_command("doctor", "--json")
    assert left.value.code == 1
    levels = {f["topic"]: f["level"] for f in json.loads(capsys.readouterr().out)["findings"]}
    assert {levels[topic] for topic in ("SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "邮件", "支付")} == {"bad"}


def test_no_secret_is_ever_printed(settings, capsys):
    settings.REDIS_URL = "redis://:hush-redis@127.0.0.1:9/0"
    settings.S3_BUCKET, settings.S3_ENDPOINT = "b", "http://127.0.0.1:9/hush-s3"
    settings.S3_ACCESS_KEY, settings.S3_SECRET_KEY = "hush-access", "hush-s3"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_HOST_PASSWORD = "127.0.0.1", 9, "hush-mail"
    with pytest.raises(SystemExit):
        call_command("doctor")
    said = capsys.readouterr().out
    assert "hush" not in said
    assert settings.SECRET_KEY not in said


def test_a_redis_that_is_away_is_found(settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert servers.redis().level == Level.BAD


@pytest.mark.redis
def test_a_redis_that_answers_is_well(settings):
    import os

    settings.REDIS_URL = os.environ["TEST_REDIS_URL"]
    assert servers.redis().level == Level.OK


def test_two_processes_without_redis_are_found(monkeypatch):
    monkeypatch.setenv("WEB_PROCESSES", "2")
    assert servers.redis().level == Level.BAD


def test_a_store_that_cannot_be_written_is_found(settings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings.STORE_ROOT = tmp_path / "file" / "store"
    assert servers.kept_bytes().level == Level.BAD


def test_the_probe_leaves_nothing_in_the_store(settings):
    assert servers.kept_bytes().level == Level.OK
    assert not list(settings.STORE_ROOT.rglob("*.*"))
    assert [path for path in settings.STORE_ROOT.rglob("*") if path.is_file()] == []


@pytest.fixture
def in_a_bucket(settings):
    for name in ("ENDPOINT", "ACCESS_KEY", "SECRET_KEY", "BUCKET"):
        setattr(settings, f"S3_{name}", os.environ[f"TEST_S3_{name}"])
    settings.S3_PUBLIC_ENDPOINT = settings.S3_ENDPOINT


@pytest.mark.s3
def test_a_bucket_that_keeps_the_schools_pages_out_is_found_and_one_command_lets_them_in(in_a_bucket, settings):
    settings.SITE_URL = f"https://{uuid4().hex}.example"
    assert servers.uploads().level == Level.BAD
    assert "bucket_cors" in servers.uploads().remedy
    call_command("bucket_cors")
    assert servers.uploads().level == Level.OK


@pytest.mark.s3
def test_a_bucket_that_answers_is_well_and_a_wrong_key_is_found(in_a_bucket, settings):
    assert servers.kept_bytes().level == Level.OK
    settings.S3_SECRET_KEY = "wrong"
    assert servers.kept_bytes().level == Level.BAD


def test_a_full_disk_is_found(monkeypatch):
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    for free, level in ((1 << 20, Level.BAD), (2 << 30, Level.NOTE), (50 << 30, Level.OK)):
        monkeypatch.setattr(servers.shutil, "disk_usage", lambda _, free=free: usage(1 << 40, 0, free))
        assert servers.disk().level == level


def test_a_missing_ffmpeg_is_found(settings):
    settings.FFMPEG = "/nowhere/ffmpeg"
    assert work.ffmpeg().level == Level.BAD


def test_an_ffmpeg_without_the_right_encoders_is_found(monkeypatch):
    monkeypatch.setattr(work, "_said", lambda program, about: "ffmpeg version 1\n A..... aac  AAC")
    assert "libopus" in work.ffmpeg().sentence


@pytest.mark.parametrize(("minutes", "level"), [(0, Level.OK), (2, Level.NOTE), (30, Level.BAD)])
def test_a_worker_that_does_not_work_is_found_by_what_waits(minutes, level):
    enqueued(minutes=minutes)
    assert work.backlog().level == level


def test_a_task_without_an_end_and_a_failed_one_are_noted():
    now = timezone.now()
    enqueued(minutes=9, status="FAILED", started_at=now, finished_at=now)
    assert "失败 1" in work.backlog().sentence
    enqueued(minutes=900, status="RUNNING", started_at=now - timedelta(hours=9))
    assert "没有下文" in work.backlog().sentence


def test_migrations_that_wait_are_found(monkeypatch):
    monkeypatch.setattr(servers.MigrationExecutor, "migration_plan", lambda *_: [1, 2, 3])
    assert servers.migrations().level == Level.BAD


def test_a_database_that_is_away_is_found(monkeypatch):
    def away():
        raise OSError("no such host")

    monkeypatch.setattr(servers.connection, "ensure_connection", away)
    assert servers.database().level == Level.BAD


def test_an_examination_that_breaks_does_not_end_the_visit(monkeypatch):
    def broken():
        raise RuntimeError("never seen before")

    monkeypatch.setattr("config.doctor.EXAMINATIONS", [broken, house.python])
    found = list(examine())
    assert [f.level for f in found] == [Level.BAD, Level.OK]
    assert "never seen before" in found[0].sentence
