"""Why media says no: one exception per refusal, each carrying the sentence a person reads."""

from django.utils.translation import gettext as _


class MediaRefused(Exception):
    """Something about an upload or a stored thing is refused; `str()` is the sentence to show."""


class NotAudio(MediaRefused):
    """The bytes are no audio we know, whatever the file is called."""


class NotVideo(MediaRefused):
    """The bytes are no video we know, or have no moving picture."""


class NotAnImage(MediaRefused):
    """The bytes are no picture we know, or one with impossible dimensions."""


class NotADocument(MediaRefused):
    """The bytes are neither PDF nor slides nor plain text."""


class NotASlide(MediaRefused):
    """The bytes cannot become slides."""


class NotATranscript(MediaRefused):
    """The text is no WebVTT."""


class TooBig(MediaRefused):
    """More bytes, minutes or pixels than the school takes."""


class RenditionFailed(MediaRefused):
    """A rendition could not be made; the sentence is kept on its row and it may be tried again."""


class RenditionStopped(RenditionFailed):
    """It ran into a limit; another way would run into it too."""


class TranscriptChanged(MediaRefused):
    """Someone else saved the transcript meanwhile; what was written here is still with its author."""

    def __init__(self) -> None:
        super().__init__(_("你打开之后，别人保存过这份文稿。你的改动还在这一页上，没有保存。"))


class SpeechRefused(MediaRefused):
    """Nobody can listen now: nothing is set up, or it is being done already."""


class SpeechFailed(MediaRefused):
    """An engine could not hear; the sentence is kept on the row and it may be tried again."""


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


class CutShort(OSError):
    """A part ended before it was whole; so many bytes are missing. It may be sent again."""

    def __init__(self, missing: int) -> None:
        super().__init__(_("这一段没有传完整，还差 {n} 字节。").format(n=missing))


class UploadRefused(MediaRefused):
    """An upload that cannot begin, go on or be finished; `name` tells programs which refusal it is."""

    name = "refused"


class Incomplete(UploadRefused):
    """Parts are missing; `missing` are their numbers, from 1. Sending them and finishing again is all it takes."""

    name = "incomplete"

    def __init__(self, missing: list[int]) -> None:
        super().__init__(_("还有 {n} 段没有传到，请继续上传。").format(n=len(missing)))
        self.missing = missing


class WrongSize(UploadRefused):
    """What arrived is not as long as was said."""

    name = "size"


class Over(UploadRefused):
    """It is finished, refused or given up: nothing more can be sent."""

    name = "over"


class NoRoom(UploadRefused):
    """Too many uploads at once, or too little space to keep another."""

    name = "room"
