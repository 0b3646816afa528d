"""Simulators by hand: opened by one command, the same again the next time, gone when they are told to."""

import os
import signal
import socket
import subprocess
import sys
from importlib.util import find_spec

import pytest
import requests
from django.conf import settings

from payments.simulators.together import KNOWN, Taken, open_all

pytestmark = pytest.mark.once

SCHOOL = "http://127.0.0.1:8000"


def command(*words):
    return [sys.executable, "-m", "payments.simulators", *words]


def run(*words):
    return subprocess.run(command(*words), cwd=settings.BASE_DIR / "platform", capture_output=True, text=True)


def read(text):
    return dict(line.split("=", 1) for line in text.splitlines())


def test_the_settings_are_told_and_are_the_same_the_next_time(tmp_path):
    first, second = (run("alipay", "--folder", str(tmp_path), "--environment") for _ in range(2))
    assert first.returncode == second.returncode == 0
    assert read(first.stdout) == read(second.stdout)
    assert set(read(first.stdout)) == {
        "ALIPAY_APP_ID",
        "ALIPAY_SELLER_ID",
        "ALIPAY_PRIVATE_KEY",
        "ALIPAY_PUBLIC_KEY",
        "ALIPAY_GATEWAY",
    }


@pytest.mark.parametrize("name", [name for name in KNOWN if find_spec(f"payments.simulators.{name}")])
def test_each_is_found_by_its_name(tmp_path, name):
    with open_all([name], folder=tmp_path, school=SCHOOL) as told:
        assert all(key.startswith(f"{name.upper()}_") for key in told)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_they_answer_until_they_are_told_to_end(tmp_path, number):
    words = command("alipay", "--folder", str(tmp_path))
    with subprocess.Popen(words, cwd=settings.BASE_DIR / "platform", stdout=subprocess.PIPE, text=True) as process:
        told = read("".join(process.stdout.readline() for _ in range(5)))
        assert "isv.invalid-app-id" in requests.get(told["ALIPAY_GATEWAY"], timeout=5).text
        process.send_signal(number)
        assert process.wait(10) == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(told["ALIPAY_GATEWAY"], timeout=5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_they_end_in_order_also_when_told_with_the_first_word_they_say(tmp_path, number):
    words = command("alipay", "--folder", str(tmp_path))
    with subprocess.Popen(words, cwd=settings.BASE_DIR / "platform", stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline()
        process.send_signal(number)
        assert process.wait(10) == 0


def test_one_that_nobody_has_written_is_named():
    refused = run("barter", "--environment")
    assert refused.returncode == 2
    assert "barter" in refused.stderr


def test_an_address_that_is_taken_is_named(tmp_path):
    with open_all(["alipay"], folder=tmp_path, school=SCHOOL) as told:
        port = int(told["ALIPAY_GATEWAY"].split(":")[2].partition("/")[0])
    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(Taken, match=f"Port {port}"), open_all(["alipay"], folder=tmp_path, school=SCHOOL):
            pass
        refused = run("alipay", "--folder", str(tmp_path))
    assert refused.returncode == 1
    assert f"Port {port}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_what_they_keep_is_for_their_owner_only(tmp_path):
    with open_all(["alipay"], folder=tmp_path / "kept", school=SCHOOL):
        pass
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700
    assert {one.name for one in os.scandir(tmp_path / "kept")} == {"alipay-books.json", "ports.json"}
