"""What is wrong with a file, all at once: each sentence begins with the place."""

from dataclasses import dataclass, field, replace

from cms.carrying.errors import BadPackage

MOST = 50


@dataclass
class Problems:
    """Sentences gathered while reading. `notes` say what was done in spite of something missing."""

    found: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def stop(self) -> None:
        """Raises `BadPackage` when there is any."""
        if self.found:
            raise BadPackage(self.found[:MOST])


@dataclass(frozen=True)
class Place:
    """Where in a file something stands, and where to say that it is wrong."""

    problems: Problems
    file: str
    path: str = ""

    def at(self, step: str | int) -> "Place":
        step = f"[{step + 1}]" if isinstance(step, int) else f".{step}" if self.path else step
        return replace(self, path=f"{self.path}{step}")

    def wrong(self, sentence: object) -> None:
        self.problems.found.append(f"{self}：{sentence}")

    def note(self, sentence: object) -> None:
        self.problems.notes.append(f"{self}：{sentence}")

    def __str__(self) -> str:
        return f"{self.file}，{self.path}" if self.path else self.file
