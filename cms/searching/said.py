"""What a page says, piece by piece, and which of it is only for those with access."""

from collections.abc import Iterator

from wagtail.models import Page

from cms.models import CoursePage, LessonPage, Passage, Place
from cms.searching.folding import fold
from media.transcripts import plain, read

SIZE = 300  # characters of one piece: near enough together to be about one thing
SILENT = ("CourseIndex", "SchoolHome")  # ways to others, which are found themselves


def passages(page: Page) -> list[Passage]:
    """For the index; none for a page that nobody learns from. `page` is published and of its own type."""
    if type(page).__name__ in SILENT or (isinstance(page, LessonPage) and page.lesson is None):
        return []  # a lesson without its row waits for its course to be published
    found = [_passage(Place.TITLE, page.title), *_intro(page), *_open(page)]
    if isinstance(page, LessonPage):
        found += _paid(page)
    kept = [each for each in found if each.words.strip()]
    for n, each in enumerate(kept):
        each.page, each.n = page, n
        _place(each, page)
    return kept


def _intro(page: Page) -> Iterator[Passage]:
    for name in ("promise", "intro", "teacher", "line"):
        if text := str(getattr(page, name, "") or ""):
            yield _passage(Place.INTRO, text)
    if isinstance(page, CoursePage):
        yield _passage(Place.INTRO, page.instructor.display_name)
        yield from _pieces(page.outcome_list)


def _open(page: Page) -> Iterator[Passage]:
    for name in getattr(page, "open_fields", ()):
        yield from _body(page, name)


def _paid(page: LessonPage) -> Iterator[Passage]:
    gated = [
        *_body(page, "body"),
        *_spoken(page),
        *_sent(page),
        *_pieces([block.value["prompt"] for block in page.questions]),
    ]
    for each in gated:
        each.is_gated = True
        yield each


def _body(page: Page, name: str) -> Iterator[Passage]:
    field = page._meta.get_field(name)
    if hasattr(field, "stream_block"):
        yield from _pieces(field.get_searchable_content(getattr(page, name)))


def _pieces(paragraphs: list[str]) -> Iterator[Passage]:
    for paragraph in paragraphs:
        for start in range(0, len(paragraph), SIZE):
            yield _passage(Place.BODY, paragraph[max(0, start - SIZE // 10) : start + SIZE])


def _spoken(page: LessonPage) -> Iterator[Passage]:
    """Lines as they are said, as many as make a piece; a piece begins with the last line of the one before."""
    sound = page.lesson.spoken if page.lesson else None
    said = read(sound.transcript) if sound else []
    lines: list[str] = []
    times: list[int] = []
    for cue in said:
        lines.append(" ".join(cue.text.split("\n")))
        times.append(cue.ms)
        if sum(map(len, lines)) >= SIZE:
            yield _passage(Place.TRANSCRIPT, "\n".join(lines), times)
            lines, times = lines[-1:], times[-1:]
    if len(lines) > 1 or len(said) == 1:
        yield _passage(Place.TRANSCRIPT, "\n".join(lines), times)


def _sent(page: LessonPage) -> Iterator[Passage]:
    """Until voice clips are one sound they have no clock in common: what is said in them is text."""
    for clip in page.lesson.clips if page.lesson else []:
        is_spoken = clip.starts_ms is not None
        yield from _pieces([clip.title, "" if is_spoken else " ".join(plain(clip.asset.transcript).split("\n"))])


def _passage(place: Place, text: str, times: list[int] | None = None) -> Passage:
    return Passage(place=place, text=text, times=times or [], words=f" {' '.join(fold(text).tokens)} ")


def _place(passage: Passage, page: Page) -> None:
    """Among the courses, and behind its gate."""
    if isinstance(page, LessonPage) and page.lesson:
        passage.lesson, passage.course = page.lesson, page.lesson.course
    elif isinstance(page, CoursePage):
        passage.course = page.course
