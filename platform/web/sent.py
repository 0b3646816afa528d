"""What browsers send as JSON."""

import json
from typing import Any


def parsed(text: str | bytes) -> Any:
    """What it says. Raises `ValueError` for what is no JSON or nested too deeply. NUL and half a
    character of UTF-16 are left out: no database keeps them.
    """
    try:
        return _kept(json.loads(text))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "ignore").decode()
    if isinstance(value, list):
        return [_kept(one) for one in value]
    if isinstance(value, dict):
        return {_kept(name): _kept(one) for name, one in value.items()}
    return value
