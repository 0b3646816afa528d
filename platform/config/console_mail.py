"""Mail on a machine without a mail server: printed, so that a code can be found and typed."""

import sys
import threading
from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Prints what a person would read: to whom, the subject and the words. `stream` is where, the terminal if not given."""

    def __init__(self, *args: Any, stream: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stream = stream or sys.stdout
        self.lock = threading.Lock()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        with self.lock:
            for message in email_messages:
                self.stream.write(_as_read(message))
            self.stream.flush()
        return len(email_messages)


def _as_read(message: EmailMessage) -> str:
    words = "\n".join(f"  │ {line}".rstrip() for line in str(message.body).strip().splitlines())
    return f"\n  ┌ ✉ {', '.join(message.recipients())} · {message.subject}\n{words}\n  └\n"
