"""What waits behind a link of every page: a dot beside its word, and a sentence that says what the dot means."""

from collections.abc import Callable

from django.http import HttpRequest

_sentences: dict[str, Callable[[HttpRequest], str]] = {}


def register(place: str, sentence: Callable[[HttpRequest], str]) -> None:
    """`sentence` answers what waits for whoever asks, or nothing. It is asked once for a page: at most one cheap query."""
    _sentences[place] = sentence


def mark(request: HttpRequest | None, place: str) -> str:
    """Asked but once, however often the page says it."""
    if request is None or place not in _sentences:
        return ""
    said: dict[object, str] = request.__dict__.setdefault("said_by_marks", {})
    sentence = _sentences[place]
    if sentence not in said:
        said[sentence] = sentence(request)
    return said[sentence]
