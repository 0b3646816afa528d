"""What the page of downloads needs to open without a network, beside what every page has."""

FILES = (
    *(f"courses/downloads/{name}" for name in ("downloads.css", "fetching.js", "kept.js", "mine.js")),
    *(f"courses/heard{part}.js" for part in ("", "-clock", "-meter", "-post", "-shelf")),
)
