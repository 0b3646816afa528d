"""Why media says no: one exception per refusal, each carrying the sentence a person reads."""

from django.utils.translation import gettext as _


class MediaRefused(Exception):
    """Something about an upload or a stored thing is refused; `str()` is the sentence to show."""


class NotAudio(MediaRefused):
    """The bytes are no audio we know, whatever the file is called."""


class NotAnImage(MediaRefused):
    """The bytes are no picture we know, or one with impossible dimensions."""


class NotADocument(MediaRefused):
    """The bytes are neither PDF nor plain text."""


class NotASlide(MediaRefused):
    """The bytes cannot become slides."""


class NotATranscript(MediaRefused):
    """The text is no WebVTT."""


class TooBig(MediaRefused):
    """More bytes, or more minutes, than the school takes."""


class RenditionFailed(MediaRefused):
    """A rendition could not be made; the sentence is kept on its row and it may be tried again."""


class BadKey(ValueError):
    """A store key that could leave its root or cannot be carried by every store. A mistake of ours."""


class Missing(LookupError):
    """The store holds nothing under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(_("存储里没有 {key}。").format(key=key))


class StoreUnreachable(OSError):
    """The store did not answer, or refused us; try again later."""


class LinkRefused(Exception):
    """A link that was altered or made by someone else."""


class LinkExpired(LinkRefused):
    """A genuine link whose time is over."""
