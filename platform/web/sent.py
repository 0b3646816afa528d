"""What browsers send as JSON."""

import json
from typing import Any


def parsed(text: str | bytes) -> Any:
    """What it says. Raises `ValueError` for what is no JSON or nested too deeply. NUL is left out: no database keeps it."""
    try:
        return _without_nul(json.loads(text))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(one) for name, one in value.items()}
    return value
