"""What an examination found."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One line: about what, how it is, and – unless well – what to do."""

    topic: str
    level: Level
    sentence: str
    remedy: str = ""


def well(topic: str, sentence: str) -> Finding:
    return Finding(topic, Level.OK, sentence)


def note(topic: str, sentence: str, remedy: str) -> Finding:
    return Finding(topic, Level.NOTE, sentence, remedy)


def bad(topic: str, sentence: str, remedy: str) -> Finding:
    return Finding(topic, Level.BAD, sentence, remedy)


def unsafe(topic: str, sentence: str, remedy: str, *, in_production: bool) -> Finding:
    """Worth a note while trying things out; broken where strangers come."""
    return Finding(topic, Level.BAD if in_production else Level.NOTE, sentence, remedy)
