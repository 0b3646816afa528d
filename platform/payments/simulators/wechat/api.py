"""What every answer to a merchant has in common: the ways of saying no, and of saying when."""

from datetime import datetime
from typing import Any

from payments.simulators.wechat.layout import BEIJING

FRESH_SECONDS = 300
Row = dict[str, Any]


class Refusal(Exception):
    def __init__(self, status: int, code: str, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.status = status
        self.said = {"code": code, "message": message, **({"detail": detail} if detail else {})}


def need(holds: Any, field: str) -> None:
    if not holds:
        detail = {"field": f"/{field.replace('.', '/')}", "issue": "不符合要求", "location": "body"}
        raise Refusal(
            400, "PARAM_ERROR", f"输入源“/body/{field.replace('.', '/')}”映射到值字段的规则校验失败", **detail
        )


def when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, BEIJING).isoformat(timespec="seconds")
