"""The questions of a course's quizzes as a table: emil opens it in Excel, changes it, looks, and says yes."""

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pages import publish
from wagtail.models import Page

from cms.carrying import errors, questions, services
from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from cms.staff import welcome
from courses.models import Question
from courses.quiz import answer_quiz

HOW = {
    "prompt": "水烧到几度",
    "explanation": "看芽头",
    "choices": [
        {"type": "item", "id": f"00000000-0000-4000-8000-00000000000{n}", "value": {"text": text, "is_right": not n}}
        for n, text in enumerate(["80 度", "100 度"])
    ],
}
TRUE = {"prompt": "先烫杯", "explanation": "", "is_true": True}
FILL = {"prompt": "绿茶属__茶", "explanation": "", "accepted": "不发酵\r\n未发酵"}

pytestmark = pytest.mark.once


@pytest.fixture
def editor(emil):
    welcome(emil)
    return emil


@pytest.fixture
def tea(ada, db):
    """Published: a quiz with a question of each kind, one that is still empty, and a lesson to read."""
    home = Page.get_first_root_node().add_child(instance=SchoolHome(title="书院", slug="school"))
    index = home.add_child(instance=CourseIndex(title="课程", slug="courses"))
    page = publish(index, CoursePage(title="一盏茶", slug="tea", promise="会泡茶", instructor=ada, is_free=True))
    stream = [{"type": "choice", "value": HOW}, {"type": "truth", "value": TRUE}, {"type": "fill", "value": FILL}]
    publish(page, LessonPage(title="小测", slug="quiz", kind="quiz", questions=json.dumps(stream)))
    page.add_child(instance=LessonPage(title="大测", slug="exam", kind="quiz", live=False))
    publish(page, LessonPage(title="读", slug="read", kind="text"))
    return CoursePage.objects.get(pk=page.pk)


def table(page):
    """The rows by the names of their columns."""
    _head, *rows = questions.lines(page)
    return [dict(zip(questions.HEADS, row, strict=True)) for row in rows]


def written(rows, encoding="utf-8-sig"):
    whole = io.StringIO()
    heads = list(dict.fromkeys(name for row in rows for name in row))
    csv.writer(whole).writerows([heads, *([row.get(name, "") for name in heads] for row in rows)])
    return whole.getvalue().encode(encoding)


def read(page, data):
    return services.read_table(data=data, page=page, kind="questions")


def looked_at(page, rows, by):
    return services.preview(coming=read(page, written(rows)), by=by).diff


def taken(page, rows, by):
    return services.carry_in(coming=read(page, written(rows)), by=by)


def wrong(page, data):
    with pytest.raises(errors.BadPackage) as refused:
        read(page, data)
    return refused.value.sentences


def asked(title="小测"):
    """The questions of a quiz as its editors see them."""
    page = LessonPage.objects.get(title=title).get_latest_revision_as_object()
    return [(block.block_type, str(block.id), block.value) for block in page.questions]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_table_that_comes_back_as_it_went_changes_nothing(tea, editor, encoding):
    data = written(table(tea), encoding)
    assert services.preview(coming=read(tea, data), by=editor).diff.is_empty


def test_ends_of_lines_that_excel_has_changed_are_no_change(tea, editor):
    rows = [row | {"answer": row["answer"].replace("\r\n", "\n")} for row in table(tea)]
    assert looked_at(tea, rows, editor).is_empty


def test_each_question_is_a_line_and_the_empty_quiz_has_one_too(tea):
    rows = table(tea)
    assert [(row["lesson"], row["kind"], row["answer"]) for row in rows] == [
        ("小测", "选择题", "A"), ("小测", "判断题", "对"), ("小测", "填空题", "不发酵\r\n未发酵"), ("大测", "", ""),
    ]  # fmt: skip
    assert (rows[0]["A"], rows[0]["B"], rows[0]["C"]) == ("80 度", "100 度", "")


def test_changed_words_keep_their_ids_so_that_given_answers_still_point_at_them(tea, editor, ada):
    lesson = LessonPage.objects.get(slug="quiz").lesson
    before = Question.objects.get(lesson=lesson, position=1)
    given = {question.uid: question.right for question in lesson.questions.all()}
    attempt = answer_quiz(person=ada, lesson=lesson, given=given, number=1)
    rows = table(tea)
    rows[0] |= {"prompt": "水要几度", "A": "85 度", "C": "60 度", "answer": "A，C"}
    rows[1] |= {"answer": "错"}
    taken(tea, rows, editor)
    assert [value["prompt"] for _kind, _id, value in asked()] == ["水要几度", "先烫杯", "绿茶属__茶"]
    assert Question.objects.get(pk=before.pk).prompt == "水烧到几度"  # a draft, until emil publishes it
    LessonPage.objects.get(slug="quiz").get_latest_revision().publish()
    after = Question.objects.get(lesson=lesson, position=1)
    assert (after.uid, after.kind, after.prompt) == (before.uid, "multiple", "水要几度")
    assert [choice["id"] for choice in after.choices][:2] == [choice["id"] for choice in before.choices]
    assert attempt.answer_to(after)["given"] == after.right[:1]
    assert Question.objects.get(lesson=lesson, position=2).right == ["false"]


def test_emil_adds_a_question_and_a_whole_quiz_and_repeating_it_changes_nothing(tea, editor):
    rows = table(tea)[:3]
    rows.append({"kind": "单选题", "prompt": "谁先喝", "A": "客人", "B": "主人", "answer": "a"})
    rows.append({"lesson": "期末", "kind": "判断", "prompt": "茶是树叶", "answer": "√"})
    found = looked_at(tea, rows, editor)
    assert [(page.title, page.state) for page in found.lessons] == [
        ("小测", "changed"), ("大测", "same"), ("读", "same"), ("期末", "new"),
    ]  # fmt: skip
    taken(tea, rows, editor)
    assert [kind for kind, _id, _value in asked()] == ["choice", "truth", "fill", "choice"]
    assert (LessonPage.objects.get(title="期末").live, asked("期末")[0][2]["is_true"]) == (False, True)
    assert looked_at(tea, rows, editor).is_empty


def test_what_the_table_leaves_out_goes_and_the_comparison_says_so(tea, editor):
    rows = [table(tea)[2], table(tea)[0]]
    found = looked_at(tea, rows, editor)
    assert found.notes == ["《小测》：表格里没有的 1 道题会去掉。"]
    taken(tea, rows, editor)
    assert [kind for kind, _id, _value in asked()] == ["fill", "choice"]


def test_everything_that_is_wrong_is_said_by_row_and_column(tea):
    first = table(tea)[0]
    rows = [
        first | {"A": "100 度"},
        first | {"answer": "E", "prompt": "长" * 301},
        {"lesson": "读", "kind": "判断题", "prompt": "是", "answer": "对"},
        {"lesson": "小测", "kind": "判断题", "prompt": "是", "answer": "也许"},
        {"lesson": "小测", "kind": "问答题", "prompt": "是", "answer": "对"},
        {"lesson_id": "no", "kind": "填空题", "prompt": "", "answer": ""},
        {"lesson": "小测", "id": "x", "kind": "填空题", "prompt": "空", "answer": "空", "A": "甲"},
    ]
    said = wrong(tea, written(rows))
    for place in (
        "第 2 行，选项 A：有两个选项一模一样",
        "第 3 行，题目 id：这道题在表格里出现了两次",
        "第 3 行，题目：",
        "第 3 行，答案：写对的选项的字母",
        "第 4 行，小节：“读”不是测验",
        "第 5 行，答案：要写“对”或“错”",
        "第 6 行，题型：要写选择题、判断题、填空题",
        "第 7 行，小节 id",
        "第 7 行，题目：要有题目",
        "第 7 行，答案：要有答案",
        "第 8 行，题目 id：这个测验里没有这道题",
        "第 8 行，选项 A：只有选择题有选项",
    ):
        assert any(sentence.startswith(place) for sentence in said), (place, said)
    assert [kind for kind, _id, _value in asked()] == ["choice", "truth", "fill"]


def test_a_table_that_is_none_is_refused(tea):
    assert "不认识的列：colour" in wrong(tea, b"colour\nred\n")[0]
    assert "出现了两次" in wrong(tea, b"prompt,prompt,kind,answer\n")[0]
    assert "没有“题型”这一列" in wrong(tea, "题目,答案\n".encode())[0]
    assert "要写是哪个测验" in wrong(tea, "题型,题目,答案\n判断题,是,对\n".encode())[0]
    assert (
        "一个测验最多 100 道题"
        in wrong(
            tea, written([{"lesson": "新", "kind": "判断", "prompt": f"{n}", "answer": "对"} for n in range(101)])
        )[0]
    )


def test_a_formula_is_harmless_outside_and_itself_again_inside(login, tea, editor):
    page = LessonPage.objects.get(slug="quiz")
    for prompt in ("=HYPERLINK(1)", "'=1", "-3 度", "@茶"):
        page.questions = json.dumps([{"type": "truth", "value": TRUE | {"prompt": prompt}}])
        page.save_revision()
        response = login(editor).get(f"/admin/courses/{tea.pk}/tables/questions.csv")
        data = b"".join(response.streaming_content)
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
        assert data.startswith(b"\xef\xbb\xbf")
        assert all(cell[:1] not in ("=", "+", "-", "@") for row in rows for cell in row)
        assert services.preview(coming=read(tea, data), by=editor).diff.is_empty


def test_emil_sends_a_table_looks_and_says_yes(login, tea, editor):
    desk, address = login(editor), f"/admin/courses/{tea.pk}/tables/"
    rows = [{"lesson": "大测", "kind": "填空题", "prompt": "杯先__", "answer": "烫"}]
    sent = SimpleUploadedFile("questions.csv", written(rows), "text/csv")
    parcel = desk.post(address, {"kind": "questions", "questions-file": sent}).url
    page = desk.get(parcel)
    assert "杯先__" in page.content.decode()
    assert asked("大测") == []
    desk.post(parcel, {"seen": page.context["found"].seen})
    assert asked("大测")[0][2]["accepted"] == "烫"
    assert desk.post(address, {"kind": "questions"}).status_code == 422


def test_who_writes_no_pages_gets_no_questions(login, tea, olga, ben):
    welcome(olga)
    assert login(olga).get(f"/admin/courses/{tea.pk}/tables/questions.csv").url == "/admin/"
    assert "/accounts/login/" in login(ben).get(f"/admin/courses/{tea.pk}/tables/questions.csv").url
