"""The lesson log on the clock of the page: the live clock while it is spoken, the replay's own after it."""

from typing import Any

from courses.models import Lesson
from courses.programme import Chapter
from live.engine.montage import Montage, Take
from live.models import Broadcast, Event
from live.services.edits import edits_of, montage_of
from live.services.notes import event_line

UNIT_MS = 2.5


def chapters_of(lesson: Lesson) -> list[Chapter]:
    """The clips of a replay; none before there is one."""
    ended = Broadcast.objects.filter(lesson=lesson, state=Broadcast.State.ENDED)
    broadcast = ended.first() if lesson.kind == Lesson.Kind.LIVE else None
    clips = Timeline(broadcast, host=False).clips() if broadcast else []
    heard = [clip for clip in clips if clip["state"] != "retracted"]
    return [{"n": clip["n"], "title": "", "ms": round(clip["starts_t"] * UNIT_MS)} for clip in heard]


class Timeline:
    """Clips, events and stamps of one lesson as a page shows them."""

    def __init__(self, broadcast: Broadcast, *, host: bool) -> None:
        self.broadcast = broadcast
        self.host = host
        self.montage: Montage = montage_of(broadcast)
        self.is_over = broadcast.state == Broadcast.State.ENDED
        self.edits = edits_of(broadcast)

    def at(self, t: int) -> int:
        return self.montage.at(t) if self.is_over else t

    def clips(self) -> list[dict[str, Any]]:
        lines = self._heard() if self.is_over else [self._sent(take) for take in self.montage.takes.values()]
        return [line | self._history(line) for line in lines]

    def events(self) -> list[dict[str, Any]]:
        rows = list(self.broadcast.events.exclude(kind=Event.Kind.OUTSIDE))  # which learners have no use for
        if not self.is_over or self.montage.is_plain:
            return [event_line(row) for row in rows]
        others = [event_line(row) | {"t": self.at(row.t)} for row in rows if row.kind != Event.Kind.SLIDE]
        slides = [(row.t, row.payload["slide"]) for row in rows if row.kind == Event.Kind.SLIDE]
        turned = [
            {"id": None, "n": None, "kind": Event.Kind.SLIDE, "t": t, "payload": {"slide": slide}}
            for t, slide in self.montage.turns(slides)
        ]
        return sorted(others + turned, key=lambda line: line["t"])

    def lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What people wrote, moved with the sound it was said to."""
        return [line | {"t": self.at(line["t"])} for line in lines]

    def _sent(self, take: Take) -> dict[str, Any]:
        """A clip where it was spoken."""
        place = self.montage.place_of(take).n if take.old is not None else None
        length = take.kept[1] - take.kept[0] if not take.is_open else None
        return {
            "n": take.n,
            "starts_t": take.starts,
            "ends_t": None if take.is_open else take.ends,
            "units": length,
            "state": "retracted" if take.is_gone else "replaced" if take.new is not None else "",
            "updated": bool(take.keeps or take.old is not None),
            "place": place,
        } | ({"kept": [take.kept[0] - take.starts, take.kept[1] - take.starts]} if self.host else {})

    def _heard(self) -> list[dict[str, Any]]:
        """The clips in the order of the replay, and where some were taken back."""
        lines = [
            self._sent(piece.said)
            | {
                "n": piece.take.n,
                "said": piece.said.n,
                "starts_t": piece.at,
                "ends_t": piece.at + piece.length,
                "place": None,
            }
            for piece in self.montage.pieces
            if piece.take and piece.said
        ]
        gone = [take for take in self.montage.takes.values() if take.is_gone]
        lines += [self._sent(take) | dict.fromkeys(("starts_t", "ends_t"), self.at(take.starts)) for take in gone]
        return sorted(lines, key=lambda line: (line["starts_t"], line["n"]))

    def _history(self, line: dict[str, Any]) -> dict[str, Any]:
        """Who did what to it and when: for hosts."""
        if not self.host:
            return {}
        numbers = {line["n"], line.get("said", line["n"])}
        return {
            "history": [
                {"kind": edit.kind, "by": edit.payload["by"], "at": edit.at.isoformat(), **_what(edit)}
                for edit in self.edits
                if edit.payload["clip"] in numbers
            ]
        }


def _what(edit: Event) -> dict[str, int]:
    return {key: edit.payload[key] for key in ("clip", "new", "starts", "ends") if key in edit.payload}
