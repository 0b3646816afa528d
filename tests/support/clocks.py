"""A clock that can be set."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

SCHOOL = ZoneInfo("Asia/Shanghai")


class Clock:
    """What time it is at the school: the real time, plus what has been let pass."""

    def __init__(self, monkeypatch):
        self.ahead, real = timedelta(), timezone.now
        monkeypatch.setattr(timezone, "now", lambda: real() + self.ahead)

    def on(self, *when):
        """Set it: `clock.on(2027, 3, 1, 12)`."""
        self.ahead += datetime(*when, tzinfo=SCHOOL) - timezone.now()

    def passes(self, **time):
        """Let it go on: `clock.passes(days=3)`."""
        self.ahead += timedelta(**time)
