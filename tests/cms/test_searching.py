"""Searching in Chinese: what is found, in which order, and what is never told to those without access."""

import json
import re
from datetime import timedelta
from html import unescape
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pages import publish
from wagtail.models import Page, PageViewRestriction, Site

from cms.models import ArticlePage, CourseIndex, CoursePage, InstructorPage, LessonPage, Passage, SchoolHome
from cms.models.passages import MATCHES
from cms.searching.finding import LESSONS
from cms.searching.folding import fold
from cms.searching.query import asked
from cms.staff import welcome
from cohorts.models import Cohort
from courses.access import may_open, open_lessons
from courses.models import Completion, Course, Lesson, Override
from live.models import Broadcast, Relay
from media.models import Asset
from membership.models import Tier
from membership.services import give

SAID = (
    "WEBVTT\n\n00:00:01.500 --> 00:00:04.000\n水开了先别急\n\n00:00:09.000 --> 00:00:12.000\n绿茶怕烫，八十度\n\n"
    "00:01:02.250 --> 00:01:05.000\n<v Ada>三十秒以后出汤\n"
)


def paragraphs(*texts):
    return json.dumps([{"type": "paragraph", "value": f"<p>{text}</p>"} for text in texts])


def sitting(course, title, slug, *, body="", said="", **facts):
    sound = {"kind": Asset.Kind.AUDIO, "mime": "audio/ogg", "duration_ms": 65_000, "guard": "lesson"}
    audio = Asset.objects.create(title=slug, key=f"assets/{slug}/original.ogg", transcript=said, **sound)
    page = LessonPage(title=title, slug=slug, body=paragraphs(body) if body else "[]", audio=audio, **facts)
    return publish(course, page)


@pytest.fixture
def home(db):
    site = Site.objects.get(is_default_site=True)
    site.root_page = publish(Page.objects.get(depth=1), SchoolHome(title="半闲书院", slug="school"))
    site.save()
    return site.root_page


@pytest.fixture
def index(home):
    return publish(home, CourseIndex(title="全部课程", slug="courses"))


@pytest.fixture
def tea(index, ada, inner):
    """The course ada teaches: ¥199 alone, or with the tier `inner`."""
    facts = {"promise": "会泡一壶好茶", "instructor": ada, "price": 199, "tier": inner}
    return publish(index, CoursePage(title="一盏茶的工夫", slug="tea", **facts))


@pytest.fixture
def heat(tea):
    """A paid lesson: its title and introduction are for everyone, its text and its words are not."""
    return sitting(tea, "先认识茶叶", "heat", intro="火候从何而来", body="鱼眼泡是八十五度", said=SAID)


@pytest.fixture
def taste(tea):
    """The lesson anyone may hear."""
    return sitting(tea, "开篇", "taste", body="盖碗怎么拿", said=SAID, is_preview=True)


def found(client, words, **more):
    """What the page of results says, without its markup."""
    answer = client.get("/search/", {"q": words, **more})
    assert answer.status_code == 200
    text = answer.content.decode().partition('<div class="searching">')[2].partition("</main>")[0]
    return unescape(text.replace("<mark>", "").replace("</mark>", "")).partition('class="instead"')[0]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("认识茶", ["认识", "识茶", "茶"]),
        ("認識茶", ["认识", "识茶", "茶"]),
        ("水，开 了", ["水开", "开了", "了"]),
        ("ＴＥＡ Café-9", ["tea", "cafe", "9"]),
        ("泡tea 80度", ["泡", "tea", "80", "度"]),
        ("瞭解", ["了解", "解"]),
        ("！？…", []),
    ],
)
def test_every_writing_is_read_as_one(text, tokens):
    assert fold(text).tokens == tokens


@pytest.mark.parametrize("words", ["认识茶", "識茶", "茶叶", "叶", "先", "认识 茶叶", "先茶叶", "先认识茶叶"])
def test_a_stranger_finds_a_title_by_any_piece_of_it_however_it_is_written(client, heat, words):
    assert "先认识茶叶" in found(client, words)


@pytest.mark.parametrize("words", ["咖啡", "叶茶", "识认", "认识 咖啡"])
def test_what_is_not_there_is_not_found(client, heat, words):
    assert "先认识茶叶" not in found(client, words)
    assert "没有找到" in found(client, words)


def test_latin_words_are_found_by_their_beginning_in_any_writing(client, home):
    publish(home, ArticlePage(title="Gongfu Tea 入门", slug="gongfu", intro="Oolong, Pu-erh"))
    for words in ("gong", "ＧＯＮＧＦＵ", "tea", "OOLONG 入门", "pu-erh"):
        assert ("Gongfu Tea 入门" in found(client, words)) == (" " not in words)
    assert "Gongfu" not in found(client, "ongfu")


def test_a_teacher_is_found_by_name(client, tea):
    assert "一盏茶的工夫" in found(client, "ada")


def test_the_words_are_marked_and_nothing_runs(client, home):
    publish(home, ArticlePage(title="茶<script>", slug="x", intro="<b>水开</b>了"))
    text = client.get("/search/", {"q": "水开"}).content.decode()
    assert "&lt;b&gt;<mark>水开</mark>&lt;/b&gt;了" in text
    assert "茶&lt;script&gt;" in text
    assert "<script>茶" not in client.get("/search/", {"q": "<script>茶"}).content.decode()


@pytest.mark.parametrize("words", ["鱼眼泡", "绿茶怕烫", "出汤", "魚眼"])
def test_what_is_paid_for_is_found_by_whoever_may_open_it_and_by_nobody_else(request, client, login, heat, words):
    nothing = found(client, "鸟不生蛋").replace("鸟不生蛋", words)
    for who in ("anonymous", "cat", "dan", "eve", "finn"):
        person = request.getfixturevalue(who)
        browser = login(person) if person.is_authenticated else client
        assert "先认识茶叶" not in found(browser, words)
        if who == "anonymous":
            assert found(browser, words) == nothing
        browser.logout()
    for who in ("ben", "ada", "emil", "otto"):
        assert "先认识茶叶" in found(login(request.getfixturevalue(who)), words)


def test_a_preview_is_quoted_to_everyone_at_the_second_it_is_said(client, taste):
    text = found(client, "八十度")
    assert f"{taste.url}#t=9000" in text
    assert "0:09" in text
    assert f"{taste.url}#t=62250" in found(client, "出汤")
    assert taste.url in found(client, "盖碗")


def test_a_sentence_that_goes_over_two_lines_is_found_where_it_begins(client, taste):
    assert f"{taste.url}#t=1500" in found(client, "先别急绿茶")


def test_titles_come_before_introductions_before_texts_before_transcripts_and_the_whole_before_pieces(
    client, home, tea
):
    sitting(tea, "甲", "a", said=SAID.replace("绿茶怕烫", "山野白茶"), is_preview=True)
    for title, slug, intro, body in (
        ("乙", "b", "", "说说山野白茶"),
        ("丙", "c", "山野白茶从何而来", ""),
        ("白茶与山野", "e", "", ""),
        ("山野白茶", "d", "", ""),
    ):
        publish(home, ArticlePage(title=title, slug=slug, intro=intro, body=paragraphs(body)))
    text = found(client, "山野白茶")
    places = [text.index(address) for address in ("/d/", "/c/", "/b/", "/courses/tea/a/", "/e/")]
    assert places == sorted(places)


def test_a_draft_is_never_found_and_what_is_taken_back_is_gone(client, login, tea, heat, emil):
    tea.add_child(instance=LessonPage(title="草稿里的秘密", slug="draft", live=False, kind="live"))
    heat.title = "改了还没有发布"
    heat.save_revision()
    assert "草稿里的秘密" not in found(login(emil), "秘密")
    assert "没有找到" in found(client, "改了还没有")
    heat.unpublish()
    assert "没有找到" in found(client, "先认识茶叶")
    assert not Passage.objects.filter(page=heat.pk).exists()


def test_an_editor_finds_a_page_in_the_office_by_the_middle_of_its_title(login, heat, emil):
    welcome(emil)
    for words, is_found in (("识茶", True), ("茶识", False)):
        text = login(emil).get("/admin/pages/search/", {"q": words}).content.decode()
        assert ("先认识茶叶" in text) is is_found


def test_a_new_title_takes_the_place_of_the_old_one(client, heat):
    heat.title = "再认识茶叶"
    heat.save_revision().publish()
    assert "没有找到" in found(client, "先认识茶叶")
    assert "再认识茶叶" in found(client, "再认识")


def test_a_deleted_page_leaves_nothing(client, home):
    article = publish(home, ArticlePage(title="白露为霜", slug="dew"))
    article.delete()
    assert "没有找到" in found(client, "白露")


def test_a_corrected_transcript_is_found_at_once(login, heat, ben):
    heat.audio.transcript = SAID.replace("绿茶怕烫", "白毫银针")
    heat.audio.save(update_fields=["transcript"])
    assert "先认识茶叶" in found(login(ben), "白毫银针")
    assert "没有找到" in found(login(ben), "绿茶怕烫")


def test_clips_films_and_questions_are_found_by_members_only(login, tea, ben, cat):
    def asset(name, kind, mime):
        facts = {"title": name, "kind": kind, "mime": mime, "key": f"assets/{name}/original"}
        return Asset.objects.create(transcript=f"WEBVTT\n\n00:02.000 --> 00:04.000\n{name}里的盖碗\n", **facts)

    clip, film = asset("clip", Asset.Kind.AUDIO, "audio/ogg"), asset("film", Asset.Kind.VIDEO, "video/mp4")
    clips = json.dumps([{"type": "clip", "value": {"audio": clip.pk, "title": "第一条"}}])
    asked = json.dumps([{"type": "truth", "value": {"prompt": "盖碗要先烫", "is_true": True, "explanation": "秘密"}}])
    publish(tea, LessonPage(title="一问一答", slug="clips", kind="clips", clips=clips))
    publish(tea, LessonPage(title="看手法", slug="film", kind="video", video=film))
    publish(tea, LessonPage(title="小测", slug="quiz", kind="quiz", questions=asked))
    said = found(login(ben), "盖碗")
    assert all(title in said for title in ("一问一答", "看手法", "小测"))
    assert "没有找到" in found(login(cat), "盖碗")
    assert "没有找到" in found(login(ben), "秘密")
    film.transcript = film.transcript.replace("盖碗", "紫砂")
    film.save(update_fields=["transcript"])
    assert "看手法" in found(login(ben), "紫砂")


def test_when_the_course_is_taken_back_nothing_of_it_is_found(client, tea, heat):
    tea.unpublish()
    assert "没有找到" in found(client, "先认识茶叶")


def test_lessons_are_found_when_their_course_is_published_after_them(
    client, index, ada, django_capture_on_commit_callbacks
):
    course = CoursePage(title="迟到的课", slug="late", promise="有用", instructor=ada, is_free=True, live=False)
    index.add_child(instance=course)
    sitting(course, "早写好的一讲", "early")
    assert "没有找到" in found(client, "早写好")
    with django_capture_on_commit_callbacks(execute=True):
        course.save_revision().publish()
    assert "早写好的一讲" in found(client, "早写好")


def test_a_page_behind_a_password_is_not_found(client, home):
    article = publish(home, ArticlePage(title="只给家人看", slug="family"))
    PageViewRestriction.objects.create(page=article, restriction_type="password", password="x")
    assert "没有找到" in found(client, "家人")


def test_on_one_device_too_many_nothing_paid_is_quoted(login, heat, ben, inner):
    Tier.objects.filter(pk=inner.pk).update(max_devices=1)
    ben.devices.create(key="k", session="s", name="iPhone · 微信", seen_at=timezone.now())
    assert "没有找到" in found(login(ben), "鱼眼泡")


@pytest.fixture
def many(index, ada, finn, inner, ben, cat, hal, cohort, tea, heat, taste):
    """Lessons of every standing, and people of every standing to them."""
    free = publish(index, CoursePage(title="免费课", slug="free", promise="有用", instructor=finn, is_free=True))
    alone = publish(index, CoursePage(title="单卖课", slug="alone", promise="有用", instructor=finn, price=9))
    gone = publish(index, CoursePage(title="收了的课", slug="gone", promise="有用", instructor=ada, tier=inner))
    for number, course in enumerate((free, alone, gone)):
        sitting(course, f"第{number}讲", f"lesson-{number}")
    gone.unpublish()
    Tier.objects.create(slug="all", name="注册", rank=0)
    give(person=hal, scope=f"course:{alone.course.pk}", source="test:hal")
    later = sitting(tea, "群里另有时间", "later", kind="live", starts_at=timezone.now())
    broadcast = Broadcast.objects.get_or_create(lesson=later.lesson)[0]
    Relay.objects.create(broadcast=broadcast, cohort=cohort, starts_at=timezone.now() + timedelta(days=1))
    dripping(tea, free, ben=ben, cat=cat, cohort=cohort)
    return Lesson.objects.select_related("course__tier", "course__instructor")


def dripping(*courses, ben, cat, cohort):
    """Lessons that open by every kind of rule, some already and some not, with exceptions and with what was finished."""
    now, day = timezone.now(), timedelta(days=1)
    Cohort.objects.filter(pk=cohort.pk).update(starts_on=timezone.localdate() - 3 * day)
    cohort.courses.add(*(page.course for page in courses))
    rules = [
        {"unlock": "moment", "unlock_at": now + day},
        {"unlock": "moment", "unlock_at": now - day},
        *({"unlock": unlock, "unlock_days": days} for unlock in ("joining", "cohort") for days in (1, 300)),
        {"unlock_after_previous": True},
        {"unlock": "moment", "unlock_at": now + day, "is_preview": True},
    ]
    for page in courses:
        made = [
            Lesson.objects.create(course=page.course, title="等", position=90 + number, is_published=True, **rule)
            for number, rule in enumerate(rules * 2)
        ]
        Completion.objects.create(person=ben, lesson=made[0])
        Completion.objects.create(person=ben, lesson=made[5])
        common = {"course": page.course, "by": page.instructor, "reason": "试"}
        Override.objects.create(lesson=made[3], person=cat, how="now", **common)
        Override.objects.create(lesson=made[13], cohort=cohort, how="shift", days=-400, **common)
        Override.objects.create(lesson=made[9], person=ben, how="shift", days=30, **common)


EVERYBODY = ("anonymous", "cat", "ben", "bob", "dan", "eve", "hal", "finn", "gwen", "ada", "emil", "olga", "otto")


def test_search_opens_to_each_person_exactly_what_the_page_opens(request, subtests, many):
    for who in EVERYBODY:
        with subtests.test(who):
            person = request.getfixturevalue(who)
            opened = set(open_lessons(person).values_list("pk", flat=True))
            assert opened == {lesson.pk for lesson in many.all() if may_open(person, lesson)}
            for course in Course.objects.all():
                asked = open_lessons(person, of=Course.objects.filter(pk=course.pk)).filter(course=course)
                assert {lesson.pk for lesson in asked} == opened & {lesson.pk for lesson in course.lessons.all()}


def test_someone_banned_is_shown_nothing_paid(many, ben):
    ben.is_active = False
    assert not open_lessons(ben).exists()


def test_a_lesson_still_locked_is_not_quoted_and_one_that_opened_is(login, heat, ben):
    Lesson.objects.filter(pk=heat.lesson.pk).update(unlock="joining", unlock_days=300)
    assert "没有找到" in found(login(ben), "鱼眼泡")
    assert "先认识茶叶" in found(login(ben), "认识茶")
    Lesson.objects.filter(pk=heat.lesson.pk).update(unlock_days=1)
    assert "先认识茶叶" in found(login(ben), "鱼眼泡")


def test_forty_courses_cost_no_more_queries_than_four(login, index, ada, inner, ben):
    client = login(ben)

    def queries():
        client.get("/search/?q=茶")  # what is cached once per process is cached now
        with CaptureQueriesContext(connection) as asked_for:
            assert client.get("/search/?q=茶").status_code == 200
        return len(asked_for)

    def add(numbers):
        for number in numbers:
            facts = {"slug": f"c{number}", "promise": "有用", "instructor": ada, "tier": inner}
            course = publish(index, CoursePage(title=f"第{number}门茶课", **facts))
            page = sitting(course, f"茶{number}", f"lesson-{number}", body="茶", said=SAID)
            Lesson.objects.filter(pk=page.lesson.pk).update(unlock="joining", unlock_days=1)

    add(range(4))
    few = queries()
    add(range(4, 12))
    assert queries() == few <= 22


def test_results_come_in_pages_and_a_course_keeps_its_own_together(client, home, tea):
    for number in range(11):
        publish(home, ArticlePage(title=f"节气{number}", slug=f"term-{number}"))
    for number in range(LESSONS + 2):
        sitting(tea, f"节气茶{number}", f"lesson-{number}")
    first, second = found(client, "节气"), found(client, "节气", page=2)
    assert "page=2" in first
    assert "page=3" not in second
    assert "page=1" in second
    together = first + second
    assert all(f"/term-{number}/" in together for number in range(11))
    assert "这门课里还有 2 讲提到" in together
    assert found(client, "节气", **{"in": tea.course.pk}).count("/courses/tea/lesson-") == LESSONS + 2
    assert "后面没有了" in found(client, "节气", page=9)


@pytest.mark.parametrize(
    "words", ["", "   ", "！？", "\0", "'", '"', "AND OR NOT *", "茶*", "a" * 5000, "%", "_", "\\", "🍵"]
)
def test_anything_may_be_typed(client, heat, words):
    assert client.get("/search/", {"q": words, "page": "x", "in": "9" * 50}).status_code == 200


def test_nothing_found_leads_on_to_the_courses(client, heat):
    answer = client.get("/search/", {"q": "咖啡"}).content.decode()
    assert 'class="instead"' in answer
    assert "一盏茶的工夫" in answer


def test_of_a_long_question_the_beginning_counts_and_the_page_says_so(client, heat):
    assert "先认识茶叶" in found(client, "先认识茶叶" + " " * 56 + "咖啡")
    assert "只按前 60 个字来找" in found(client, "先认识茶叶" + "，" * 60)
    assert len(asked("茶 " * 60).terms) == 1


def test_results_are_for_nobody_else_and_for_no_search_engine(client, heat):
    answer = client.get("/search/?q=茶")
    assert answer["X-Robots-Tag"] == "noindex"
    assert {"private", "no-cache"} <= set(answer["Cache-Control"].split(", "))
    assert '<meta name="robots" content="noindex">' in answer.content.decode()


def test_whoever_searches_without_a_pause_is_asked_to_wait(login, heat, cat):
    client = login(cat)
    answers = [client.get("/search/?q=茶").status_code for _ in range(61)]
    assert answers == [200] * 60 + [429]
    assert client.get("/search/").status_code == 200


def test_the_index_is_made_anew_and_goes_on_where_it_stopped(client, tea, heat, taste):
    Passage.objects.all().delete()
    said = StringIO()
    call_command("reindex", after=heat.pk, stdout=said)
    assert "没有找到" in found(client, "先认识茶叶")
    assert taste.url in found(client, "盖碗")
    call_command("reindex", stdout=said)
    assert "先认识茶叶" in found(client, "先认识茶叶")
    before = Passage.objects.count()
    call_command("reindex", stdout=said)
    assert Passage.objects.count() == before
    assert str(taste.pk) in said.getvalue()


def test_the_database_finds_by_its_index_and_reads_no_text(heat, taste):
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # which so small a table is read by
        cursor.execute(f"{explain} {MATCHES[connection.vendor]}", [asked("认识茶").expression(connection.vendor)])
        plan = str(cursor.fetchall())
    assert ("Bitmap Index Scan on cms_passage_terms" if connection.vendor == "postgresql" else "VIRTUAL TABLE") in plan


@pytest.mark.parametrize("few", [150, 0], ids=["few lessons are open", "many are"])
def test_a_word_that_stands_nearly_everywhere_still_finds_the_best_and_nothing_that_is_closed(
    login, client, tea, ben, monkeypatch, few
):
    monkeypatch.setattr("cms.searching.finding.COMMON", 2)
    monkeypatch.setattr("cms.searching.finding.FEW", few)
    sitting(tea, "认识水", "second", intro="茶之外")
    for number in range(5):
        sitting(tea, f"第{number}讲", f"n{number}", body="水滚了再泡茶", said=SAID)
    stranger = found(client, "水")
    assert "认识水" in stranger
    assert "水滚了" not in stranger
    told = found(login(ben), "水")
    one = re.search(r"第\d讲", told)  # which of them, no database promises
    assert one
    assert told.index("认识水") < one.start()
    assert "认识水" in found(login(ben), "水", **{"in": tea.course_id})
    assert "水滚了" in told
    assert "只列出最相关的" in told


@pytest.mark.parametrize("words", ["茶", "绿茶", "绿茶水温", "茶 水", "tea 茶叶", "认识茶叶"])
def test_the_words_themselves_say_the_same_as_the_index(heat, taste, words):
    query = asked(words)
    assert set(Passage.objects.holding(query)) == set(Passage.objects.matching(query))


def test_a_teachers_line_is_found(home, ada):
    publish(home, InstructorPage(title="沈若谷", slug="shen", user=ada, line="桐木关人，不卖茶"))
    assert Passage.objects.matching(asked("桐木关")).get().place == 1
