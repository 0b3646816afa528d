"""Without a mail server the code still reaches the person: it is printed where the school was started."""

import io

import pytest
from django.core.mail import EmailMessage

from config import env
from config.console_mail import EmailBackend

pytestmark = pytest.mark.once


def test_a_code_can_be_read_in_the_terminal():
    terminal = io.StringIO()
    letter = EmailMessage("你的登录验证码", "验证码: 7QK2MX\n\n五分钟内有效。", to=["ben@example.com"])
    assert EmailBackend(stream=terminal).send_messages([letter]) == 1
    assert "ben@example.com · 你的登录验证码" in terminal.getvalue()
    assert "验证码: 7QK2MX" in terminal.getvalue()


def test_mail_is_printed_until_a_server_is_named():
    assert env.email("")["EMAIL_BACKEND"] == "config.console_mail.EmailBackend"
    assert env.email("smtp://ada:s%40crit@mail.example.com")["EMAIL_HOST_PASSWORD"] == "s@crit"
