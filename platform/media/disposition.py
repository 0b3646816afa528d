"""What a browser is told to call a thing it is given."""

from urllib.parse import quote

UNWELCOME = set("/\\\"'<>:|?*%;")


def inline(filename: str | None) -> str:
    """`Content-Disposition` for showing in place; nothing in a name can break out of the header."""
    if not filename:
        return "inline"
    kept = "".join("_" if c in UNWELCOME else c for c in filename if c.isprintable()).lstrip(".")
    plain = kept.encode("ascii", "ignore").decode().strip().lstrip(".") or "file"
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(kept or 'file', safe='')}"
