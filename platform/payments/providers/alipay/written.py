"""How Alipay writes sums and moments: yuan with two places, and the time of China without saying so."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

CHINA = timezone(timedelta(hours=8))  # no summer time since 1991
_FORM = "%Y-%m-%d %H:%M:%S"


def yuan(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02}"


def fen(text: str) -> int:
    """Raises ValueError for anything that is not a sum in yuan with at most two places."""
    match = re.fullmatch(r"(-?)(\d{1,12})(?:\.(\d{1,2}))?", text.strip(), re.ASCII)
    if match is None:
        raise ValueError(f"Not a sum: {text!r}")
    amount = int(match[2]) * 100 + int((match[3] or "").ljust(2, "0"))
    return -amount if match[1] else amount


def local(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime(_FORM)


def now() -> str:
    return local(datetime.now(UTC))


def moment(text: str) -> datetime:
    """Aware; some moments come with milliseconds, which are dropped. Raises ValueError."""
    return datetime.strptime(text.partition(".")[0], _FORM).replace(tzinfo=CHINA)


def moment_in(answer: Mapping[str, Any], name: str) -> datetime | None:
    """None where it is not told, or not so that it could be read."""
    try:
        return moment(str(answer[name]))
    except (KeyError, ValueError):
        return None
