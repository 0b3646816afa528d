"""A lesson after clips were retracted, trimmed or spoken again: which sound stands where on the replay's clock."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from live.engine import wire

SILENCE = bytes((0x78,))  # hybrid full band 20 ms: the mode of an empty opening
Sound = list[tuple[int, bytes]]  # packets, each with its place on the live clock


@dataclass(slots=True)
class Take:
    """One clip as it was sent, on the live clock, and what was done to it since."""

    n: int
    starts: int
    ends: int
    keeps: tuple[int, int] | None = None  # after trimming
    is_open: bool = False  # still being spoken
    is_gone: bool = False
    new: int | None = None  # the clip that took its place
    old: int | None = None  # the clip whose place it took

    @property
    def kept(self) -> tuple[int, int]:
        return self.keeps or (self.starts, self.ends)


@dataclass(frozen=True, slots=True)
class Piece:
    """The live clock's `starts` to `ends`, spoken in clip `said`, stands at `at` in the replay, in the place of `take`."""

    at: int
    starts: int
    ends: int
    said: Take | None = None
    take: Take | None = None

    @property
    def length(self) -> int:
        return self.ends - self.starts

    @property
    def opens(self) -> int:
        """The moment of the live clock whose slide it begins with: its own, or that of the place it was moved to."""
        return self.take.starts if self.take and self.take is not self.said else self.starts

    def where(self, t: int, take: Take | None) -> int:
        """A stamp from that clip, on the replay's clock; one from a clip that is no longer heard keeps its distance."""
        begins = self.starts if take is self.said or take is None else take.starts
        return self.at + min(max(t - begins, 0), self.length)


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of the live clock from `starts` on; what it holds now stands at `at`, if anything is left of it."""

    starts: int
    at: int
    take: Take | None
    piece: Piece | None


class Montage:
    """The pieces of a replay back to back, and the way from the live clock to theirs."""

    def __init__(self, takes: Iterable[Take], end: int) -> None:
        self.takes = {take.n: take for take in takes}
        self.pieces: list[Piece] = []
        self.length = reached = 0
        self._spans: list[_Span] = []
        self._places: dict[int, Piece] = {}
        for take in sorted(self.takes.values(), key=lambda take: (take.starts, take.n)):
            self._between(reached, take.starts)
            self._place(take)
            reached = max(reached, take.ends)
        self._between(reached, end)

    @property
    def is_plain(self) -> bool:
        """Whether the lesson stands as it was spoken."""
        return not any(take.is_gone or take.keeps or take.new for take in self.takes.values())

    def at(self, t: int) -> int:
        """Where a stamp stands in the replay: what happened during a clip goes where the clip went, what belongs to
        sound that is gone stands where it was cut out."""
        index = bisect_right(self._spans, t, key=lambda span: span.starts) - 1
        if index < 0:
            return 0
        span = self._spans[index]
        take, piece = span.take, span.piece
        if take and take.old is not None and take.starts < t < take.ends:  # a pause before or after it does not move
            piece = self._places.get(self.place_of(take).n)
        return piece.where(t, take) if piece else span.at

    def turns(self, slides: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Slide changes (t, slide) on the replay's clock: every piece begins with the slide of its place."""
        made: list[tuple[int, int]] = []
        for piece in self.pieces:
            shown = [(piece.at, slide) for t, slide in slides if t <= piece.opens][-1:]
            turned = [(piece.at + t - piece.starts, slide) for t, slide in slides if piece.starts < t < piece.ends]
            for turn in shown + turned:
                if not made or made[-1][1] != turn[1]:
                    made.append(turn)
        return made

    def place_of(self, take: Take) -> Take:
        """The clip that was sent first in the place where this one is heard."""
        while take.old is not None:
            take = self.takes[take.old]
        return take

    def said_in(self, take: Take) -> Take:
        """The clip that is heard in the place of this one."""
        while take.new is not None:
            take = self.takes[take.new]
        return take

    def packets(self, sound: Sound) -> Iterator[bytes]:
        """The replay. What a cut leaves of a packet is concealed, so every piece keeps its length."""
        for piece in self.pieces:
            yield from cut(piece, sound)

    def _between(self, starts: int, ends: int) -> None:
        if ends > starts:
            self._add(Piece(self.length, starts, ends), starts)

    def _place(self, take: Take) -> None:
        said = self.said_in(take)
        if take.old is not None or take.is_gone or said.is_gone or said.kept[1] <= said.kept[0]:
            self._spans.append(_Span(take.starts, self.length, take, None))
            return
        piece = Piece(self.length, *said.kept, said, take)
        self._places[take.n] = piece
        self._add(piece, take.starts)

    def _add(self, piece: Piece, starts: int) -> None:
        self.pieces.append(piece)
        self._spans.append(_Span(starts, piece.at, piece.take, piece))
        self.length += piece.length


def cut(piece: Piece, sound: Sound) -> Iterator[bytes]:
    """The packets of one piece, neither longer nor shorter than it is."""
    at = piece.starts
    first = bisect_left(sound, piece.starts, key=lambda placed: placed[0])
    for t, packet in sound[first : bisect_left(sound, piece.ends, key=lambda placed: placed[0])]:
        ends = t + wire.packet_units(packet)
        if ends > piece.ends:
            break
        if t > at:
            yield from wire.concealment(packet, t - at)
        yield packet
        at = ends
    if at < piece.ends:
        yield from wire.concealment(sound[first - 1][1] if sound else SILENCE, piece.ends - at)
