"""What somebody typed, as the databases are asked for it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from django.db.models import Q

from cms.searching.folding import cut, fold, is_chinese

LONGEST = 60  # characters of a query
MOST_TERMS = 6
PREFIX = "*"  # at the end of a token: whatever begins with it
Way = list[str]  # tokens that must all be there
Writing = Callable[[str], str]


@dataclass(frozen=True)
class Query:
    """`terms`: what stood between the spaces, folded. All of them must be in a passage."""

    text: str
    terms: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)

    def expression(self, vendor: str) -> str:
        """For FTS5's MATCH, or as a tsquery. Tokens hold letters and digits only, so quotes hold them."""
        needs = [_ways(run) for term in self.terms for run in term.split()]
        if vendor == "postgresql":
            return " & ".join(_any(ways, " | ", " & ", _as_lexeme) for ways in needs)
        return " AND ".join(_any(ways, " OR ", " AND ", _as_fts) for ways in needs)

    def is_there(self) -> Q:
        """What `expression` asks the index, asked of the words themselves."""
        there = Q()
        for ways in (_ways(run) for term in self.terms for run in term.split()):
            there &= reduce(or_, (reduce(and_, map(_stands, way)) for way in ways))
        return there

    @property
    def may_be_scattered(self) -> bool:
        """One or two characters, or the beginning of a word, stand nowhere but whole; then no text need be read."""
        return any(" " in term or (is_chinese(term) and len(term) > 2) for term in self.terms)

    def is_whole(self) -> Q:
        """Each term stands there as it was typed, whatever stands between them."""
        whole = Q()
        for term in self.terms:
            whole &= Q(words__contains=f" {' '.join(phrase(term))}")
        return whole

    @property
    def pieces(self) -> set[str]:
        """What to mark where a term is scattered."""
        ways = [way for term in self.terms for run in term.split() for way in _ways(run)]
        return {token.removesuffix(PREFIX) for way in ways for token in way if len(token.removesuffix(PREFIX)) > 1}


def asked(text: str) -> Query:
    """Of a query longer than `LONGEST` the beginning counts."""
    text = " ".join(text.split())
    folded = [fold(term).text for term in text[:LONGEST].split()]
    return Query(text, tuple(dict.fromkeys(filter(None, folded)))[:MOST_TERMS])


def phrase(term: str) -> list[str]:
    """The tokens that follow one another where the term stands as it was typed; the last one may be the beginning of one."""
    runs = term.split()
    tokens = [token for run in runs for token in cut(run)]
    return tokens[:-1] if is_chinese(runs[-1]) and len(runs[-1]) > 1 else tokens


def _ways(run: str) -> list[Way]:
    """Most Chinese words have two characters: 绿茶水温 is looked for as 绿茶 and 水温, and as 绿, 茶水 and 温."""
    if not is_chinese(run):
        return [[cut(run)[0] + PREFIX]]
    if len(run) <= 2:
        return [_pairs(run)]
    return [_pairs(run), [run[0] + PREFIX, *_pairs(run[1:])]]


def _pairs(run: str) -> Way:
    pairs = [run[place : place + 2] for place in range(0, len(run), 2)]
    return [pair if len(pair) == 2 else pair + PREFIX for pair in pairs]


def _any(ways: list[Way], either: str, both: str, written: Writing) -> str:
    return f"({either.join(f'({both.join(map(written, way))})' for way in ways)})"


def _stands(token: str) -> Q:
    """Words stand between spaces."""
    return Q(words__contains=f" {token[:-1]}" if token.endswith(PREFIX) else f" {token} ")


def _as_fts(token: str) -> str:
    return f'"{token.removesuffix(PREFIX)}"{PREFIX if token.endswith(PREFIX) else ""}'


def _as_lexeme(token: str) -> str:
    return f"'{token.removesuffix(PREFIX)}'{':*' if token.endswith(PREFIX) else ''}"
