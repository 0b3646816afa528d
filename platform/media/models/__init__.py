from media.models.asset import Asset, Rendition

__all__ = ["Asset", "Rendition"]
