"""`make run` and `make test` say in one sentence what stands in the way."""

import os
import socket
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management.base import CommandError

from config import bootstrap
from config.management.commands import run

pytestmark = pytest.mark.once

BOOTSTRAP = settings.BASE_DIR / "platform/config/bootstrap.py"


def test_a_taken_port_is_named_before_anything_starts():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} .* choose another"):
            run.check_port("127.0.0.1", port)


def test_a_port_that_cannot_be_is_named_too():
    with pytest.raises(CommandError, match="Port 99999"):
        run.check_port("127.0.0.1", 99999)


def test_a_free_port_will_do():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    run.check_port("127.0.0.1", port)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    environment = {**os.environ, "VAR_DIR": str(tmp_path / "file" / "var")}
    done = subprocess.run([sys.executable, BOOTSTRAP, "run"], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Cannot write into" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_old_python_is_told_what_is_needed(monkeypatch):
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer"):
        bootstrap.with_new_enough_python(["run"])


def test_an_old_python_hands_over_to_a_newer_one(monkeypatch):
    handed = []
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/bin/{name}" if name == "python3.12" else None)
    monkeypatch.setattr(bootstrap.os, "execv", lambda path, words: handed.append((path, words[2:])) or sys.exit())
    with pytest.raises(SystemExit):
        bootstrap.with_new_enough_python(["run", "--port", "8001"])
    assert handed == [("/bin/python3.12", ["run", "--port", "8001"])]


REPORT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"><failure message="no"/></testcase><testcase name="c"><error message="no"/></testcase>
<testcase name="d"><skipped type="pytest.skip" message="Redis not provided"/></testcase>
<testcase name="e"><skipped type="pytest.xfail" message="known"/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def count(tmp_path):
    (tmp_path / "report.xml").write_text(REPORT)
    count = bootstrap.Count()
    count.read(str(tmp_path / "report.xml"))
    return count


def test_the_last_line_counts(count, capsys):
    assert count.close(["redis"]) == 1
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[-1] == "2 passed, 2 failed, 1 skipped"
    assert any("Groups not run here: Redis." in line for line in lines)
    assert any(".ci/run" in line for line in lines)


def test_a_skip_fails_where_everything_is_required(monkeypatch):
    monkeypatch.setenv("REQUIRE_ALL", "1")
    assert bootstrap.Count().close(["browser"]) == 1


def test_a_skip_is_fine_on_a_bare_machine(monkeypatch):
    monkeypatch.delenv("REQUIRE_ALL", raising=False)
    assert bootstrap.Count().close(["browser"]) == 0


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """An environment whose changes are undone; the folder of the simulators."""
    monkeypatch.setattr(bootstrap, "PYTHON", sys.executable)
    monkeypatch.setattr(bootstrap.os, "environ", dict(os.environ))
    return str(tmp_path / "simulators")


def test_a_school_to_try_paying_at_is_pointed_at_the_stand_ins(bare):
    bootstrap.simulate(" alipay,", bare)
    told = bootstrap.os.environ
    assert (told["PAYMENTS"], told["SIMULATORS"]) == ("alipay", bare)
    assert told["ALIPAY_GATEWAY"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("debug", ["0", "false", ""])
def test_nothing_is_simulated_where_strangers_pay(bare, debug):
    bootstrap.os.environ["DEBUG"] = debug
    with pytest.raises(SystemExit, match="DEBUG=0"):
        bootstrap.simulate("alipay", bare)
    assert not os.path.exists(bare)


def test_a_stand_in_that_nobody_has_written_stops_the_start(bare):
    with pytest.raises(SystemExit, match="did not open"):
        bootstrap.simulate("barter", bare)


def test_the_run_refuses_too_because_debug_may_be_in_a_file(monkeypatch, settings):
    settings.DEBUG = True
    monkeypatch.setenv("SIMULATE", "alipay")
    with pytest.raises(CommandError, match="make run"):
        run.simulators("http://127.0.0.1:8000")
    monkeypatch.setenv("SIMULATORS", "/nowhere")
    assert len(run.simulators("http://127.0.0.1:8000")) == 1
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG=0"):
        run.simulators("http://127.0.0.1:8000")


def test_nothing_is_simulated_unasked():
    assert run.simulators("http://127.0.0.1:8000") == []


def test_a_school_on_another_port_writes_letters_that_lead_back_to_it(monkeypatch, settings):
    monkeypatch.delenv("SITE_URL", raising=False)
    run.name_the_school("127.0.0.1", 8123)
    assert (settings.SITE_URL, settings.WAGTAILADMIN_BASE_URL) == ("http://127.0.0.1:8123",) * 2


def test_a_school_that_was_told_its_address_keeps_it(monkeypatch, settings):
    monkeypatch.setenv("SITE_URL", "https://school.example")
    settings.SITE_URL = "https://school.example"
    run.name_the_school("127.0.0.1", 8123)
    assert settings.SITE_URL == "https://school.example"
