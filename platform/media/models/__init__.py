from media.models.asset import Asset, Rendition
from media.models.join import Join
from media.models.transcription import Transcription
from media.models.upload import Upload

__all__ = ["Asset", "Join", "Rendition", "Transcription", "Upload"]
