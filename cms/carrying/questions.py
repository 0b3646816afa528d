"""The questions of a course's quizzes as a table that people open in a spreadsheet, out and in."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.carrying import blocks
from cms.carrying.facts import CourseFacts, PageFacts, same
from cms.carrying.parsing import made_id
from cms.carrying.problems import Place, Problems
from cms.carrying.reading import read_course
from cms.carrying.tables import NOTHING, cells, check_rows, quoted
from cms.models import CoursePage
from cms.teaching import MOST_CHOICES, MOST_QUESTIONS, Questions
from courses.models import Lesson

LETTERS = "ABCDEFGHIJ"[:MOST_CHOICES]
HEADS: dict[str, Any] = {
    "lesson_id": gettext_lazy("小节 id"),
    "lesson": gettext_lazy("小节"),
    "id": gettext_lazy("题目 id"),
    "kind": gettext_lazy("题型"),
    "prompt": gettext_lazy("题目"),
    **{letter: format_lazy("{} {}", gettext_lazy("选项"), letter) for letter in LETTERS},
    "answer": gettext_lazy("答案"),
    "explanation": gettext_lazy("解析"),
}
BLOCKS = Questions().child_blocks
ALSO = {  # what people write who never saw our table
    "choice": {"选择", "单选", "多选", "单选题", "多选题"},
    "truth": {"判断", "是非题"},
    "fill": {"填空"},
}
TRUE, FALSE = {"对", "是", "√", "✓", "true", "yes", "正确"}, {"错", "否", "×", "✗", "false", "no", "错误"}
BETWEEN = re.compile(r"[\s,，、;；/|]+")
Line = dict[str, str]
Fact = dict[str, Any]


def lines(page: CoursePage) -> Iterator[list[str]]:
    """The table, its head first: one line for each question; a quiz without any has a line of its own."""
    yield [str(label) for label in HEADS.values()]
    for lesson in _quizzes(read_course(page)):
        for told in lesson.values["questions"] or [{}]:
            line = {"lesson_id": lesson.id, "lesson": lesson.title} | (_line(told) if told else {})
            yield [quoted(line.get(name, "")) for name in HEADS]


def _quizzes(facts: CourseFacts) -> list[PageFacts]:
    return [lesson for lesson in facts.lessons if lesson.values["kind"] == Lesson.Kind.QUIZ]


def _line(told: Fact) -> Line:
    value, kind = told["value"], told["type"]
    line = {"id": told.get("id", ""), "kind": str(BLOCKS[kind].label)}
    line |= {name: value[name] or "" for name in ("prompt", "explanation")}
    if kind == "truth":
        return line | {"answer": _("对") if value["is_true"] else _("错")}
    if kind == "fill":
        return line | {"answer": value["accepted"]}
    lettered = list(zip(LETTERS, value["choices"], strict=False))
    right = "".join(letter for letter, choice in lettered if choice["is_right"])
    return line | {letter: choice["text"] for letter, choice in lettered} | {"answer": right}


@dataclass
class QuestionSheet:
    """A table that is being taken in for a course. A quiz that is in it gets its questions from it, in its order; the
    others stay as they are. A question is known by its id, or else by its words."""

    page: CoursePage
    problems: Problems
    here: CourseFacts = field(init=False)
    told: dict[str, list[Fact]] = field(default_factory=dict)
    new: dict[str, str] = field(default_factory=dict)  # titles of quizzes that are not here yet, by id
    _last: str = ""

    def facts(self, text: str) -> CourseFacts:
        """Raises `BadPackage` with everything that is wrong, by row and column."""
        self.here = read_course(self.page)
        head, *rows = cells(text) or [[]]
        heads = [self._head(cell) for cell in head]
        self._check(heads)
        self.problems.stop()
        check_rows(rows, self.problems)
        self.problems.stop()
        for number, cells_ in enumerate(rows, 2):
            if any(cells_):
                place = Place(self.problems, _("第 %(n)s 行") % {"n": number})
                if any(cells_[len(heads) :]):
                    place.wrong(_("格子比列多。"))
                self._take(place, dict(zip(heads, cells_, strict=False)))
        self._note_what_goes()
        self.problems.stop()
        course = PageFacts(str(self.page.translation_key), {})
        known = [PageFacts(lesson.id, self._said(lesson.id)) for lesson in self.here.lessons]
        made = [{"title": title, "kind": str(Lesson.Kind.QUIZ)} for title in self.new.values()]
        new = [PageFacts(id_, values | self._said(id_)) for id_, values in zip(self.new, made, strict=True)]
        return CourseFacts(course, known + new)

    def _said(self, id_: str) -> Fact:
        return {"questions": self.told[id_]} if id_ in self.told else {}

    def _head(self, cell: str) -> str:
        for name in HEADS:
            if cell.casefold() in _names(name):
                return name
        self.problems.found.append(_("第 1 行：不认识的列：%(name)s。") % {"name": cell[:40] or "—"})
        return ""

    def _check(self, heads: list[str]) -> None:
        if not self.problems.found and len(set(heads)) < len(heads):
            self.problems.found.append(_("第 1 行：有一列出现了两次。"))
        for name in ("kind", "prompt", "answer"):
            if not self.problems.found and name not in heads:
                self.problems.found.append(_("第 1 行：没有“%(name)s”这一列。") % {"name": HEADS[name]})

    def _take(self, place: Place, line: Line) -> None:
        lesson = self._lesson(place, line)
        told = self.told.setdefault(lesson, [])
        if any(line.get(name) for name in HEADS if name not in ("lesson_id", "lesson")):
            if len(told) == MOST_QUESTIONS:
                place.wrong(_("一个测验最多 %(most)s 道题。") % {"most": MOST_QUESTIONS})
            old = self._old(place, line, lesson)
            if question := self._question(place, line, old["value"] if old else {}):
                told.append(question | ({"id": old["id"]} if old and old.get("id") else {}))

    def _lesson(self, place: Place, line: Line) -> str:
        """By id, by title, or that of the line above; a title that is not here yet is a new quiz."""
        id_, title = line.get("lesson_id", "").lower(), line.get("lesson", "")
        found = [one for one in self.here.lessons if (one.id == id_ if id_ else one.title == title)]
        quizzes = _quizzes(CourseFacts(self.here.course, found))
        if id_ and not found:
            place.at(str(HEADS["lesson_id"])).wrong(_("这门课里没有这个小节。新的测验把它空着，写上题目。"))
        elif found and not quizzes:
            place.at(str(HEADS["lesson"])).wrong(_("“%(title)s”不是测验。") % {"title": found[0].title})
        elif len(quizzes) > 1:
            place.at(str(HEADS["lesson"])).wrong(_("有几个测验叫这个名字，请写上小节 id。"))
        elif not (id_ or title or self._last):
            place.at(str(HEADS["lesson"])).wrong(_("要写是哪个测验。"))
        self._last = quizzes[0].id if quizzes else self._new(title) if title else self._last
        return self._last

    def _new(self, title: str) -> str:
        made = made_id(str(self.page.translation_key), {"title": title})
        self.new[made] = title
        return made

    def _old(self, place: Place, line: Line, lesson: str) -> Fact | None:
        """The question of the school that this line is about."""
        here: list[Fact] = next((one.values["questions"] for one in self.here.lessons if one.id == lesson), [])
        taken = {told.get("id") for told in self.told[lesson]}
        if id_ := line.get("id", ""):
            if id_ in taken:
                place.at(str(HEADS["id"])).wrong(_("这道题在表格里出现了两次。"))
            found = next((told for told in here if told.get("id") == id_), None)
            if not found:
                place.at(str(HEADS["id"])).wrong(_("这个测验里没有这道题。新的题把 id 空着。"))
            return found
        words = line.get("prompt", "")
        return next((told for told in here if told["value"]["prompt"] == words and told.get("id") not in taken), None)

    def _question(self, place: Place, line: Line, old: Fact) -> Fact | None:
        kind = _kind(line.get("kind", ""))
        if not kind:
            place.at(str(HEADS["kind"])).wrong(
                _("要写%(kinds)s。") % {"kinds": "、".join(str(block.label) for block in BLOCKS.values())}
            )
            return None
        take = self._taker(place, line, BLOCKS[kind], old)
        value = {"prompt": take("prompt"), "explanation": take("explanation")}
        if not value["prompt"]:
            place.at(str(HEADS["prompt"])).wrong(_("要有题目。"))
        spare = [letter for letter in LETTERS if line.get(letter)] if kind != "choice" else []
        if spare:
            place.at(str(HEADS[spare[0]])).wrong(_("只有选择题有选项。"))
        answer = place.at(str(HEADS["answer"]))
        more = {"choice": self._choices, "truth": self._truth, "fill": self._fill}[kind]
        return {"type": kind, "value": value | more(answer, line, place, old)}

    def _taker(self, place: Place, line: Line, block: Any, old: Fact) -> Callable[[str], Any]:
        def take(name: str) -> Any:
            said = _kept(line.get(name, ""), old.get(name))
            return blocks.take(block.child_blocks[name], said, place.at(str(HEADS[name])), NOTHING)

        return take

    def _choices(self, answer: Place, line: Line, place: Place, old: Fact) -> Fact:
        given = {letter: line[letter] for letter in LETTERS if line.get(letter)}
        if len(given) < 2:
            place.at(str(HEADS["A"])).wrong(_("选择题至少要两个选项。"))
        if len(set(given.values())) < len(given):
            place.at(str(HEADS["A"])).wrong(_("有两个选项一模一样。"))
        right = set(BETWEEN.sub("", line.get("answer", "")).upper())
        if not right or right - given.keys():
            answer.wrong(_("写对的选项的字母，例如 A 或 AC。"))
        block = BLOCKS["choice"].child_blocks["choices"].child_block.child_blocks["text"]
        texts = {n: blocks.take(block, text, place.at(str(HEADS[n])), NOTHING) for n, text in given.items()}
        told = [{"text": text, "is_right": letter in right} for letter, text in texts.items()]
        return {"choices": _known(told, old.get("choices", []))}

    def _truth(self, answer: Place, line: Line, place: Place, old: Fact) -> Fact:
        said = line.get("answer", "").casefold()
        true, false = TRUE | _in_all("对"), FALSE | _in_all("错")
        if said not in true | false:
            answer.wrong(_("要写“对”或“错”。"))
        return {"is_true": said in true}

    def _fill(self, answer: Place, line: Line, place: Place, old: Fact) -> Fact:
        said = _kept(line.get("answer", ""), old.get("accepted"))
        if not said.strip():
            answer.wrong(_("要有答案，一行一个。"))
        return {"accepted": said}

    def _note_what_goes(self) -> None:
        for lesson in self.here.lessons:
            kept = {told.get("id") for told in self.told.get(lesson.id, [])}
            gone = [told for told in lesson.values["questions"] if told.get("id") not in kept]
            if lesson.id in self.told and gone:
                self.problems.notes.append(
                    _("《%(title)s》：表格里没有的 %(n)s 道题会去掉。") % {"title": lesson.title, "n": len(gone)}
                )


def _names(name: str) -> set[str]:
    """What a column may be called: its own name, and what it is called in every language of the office."""
    return {name.casefold()} | {label.casefold() for label in _in_each(HEADS[name])}


def _in_each(label: Any) -> Iterator[str]:
    for code, __ in settings.LANGUAGES:
        with translation.override(code):
            yield str(label)


def _in_all(word: str) -> set[str]:
    return {label.casefold() for label in _in_each(gettext_lazy(word))}


def _kind(cell: str) -> str:
    for kind, block in BLOCKS.items():
        if cell.casefold() in {kind, *ALSO[kind], *(label.casefold() for label in _in_each(block.label))}:
            return str(kind)
    return ""


def _kept(cell: str, old: str | None) -> str:
    """What is here already, where a spreadsheet has changed nothing but the ends of its lines."""
    return old if old is not None and old.strip().splitlines() == cell.splitlines() else cell


def _known(told: list[Fact], old: list[Fact]) -> list[Fact]:
    """With the ids that the same choices have had, or those in their place: answers that were given name them."""
    by_text = {one["text"]: one.get("id") for one in old}
    said = {one["text"] for one in told}
    in_place = [None if one["text"] in said else one.get("id") for one in old]
    ids = [by_text.get(one["text"]) or (in_place[n] if n < len(old) else None) for n, one in enumerate(told)]
    known = [one | ({"id": id_} if id_ else {}) for one, id_ in zip(told, ids, strict=True)]
    return old if same(known, old) else known
