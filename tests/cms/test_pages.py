"""What each person finds on the pages of the school, and what never reaches those without access."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pages import publish
from wagtail.models import Page, Site

from cms.models import ArticlePage, CourseIndex, CoursePage, LessonPage, SchoolHome
from cms.templatetags.cms import cues, hanzi
from courses.hearing.services import progress_of
from courses.models import Completion, Course, Heard
from media.models import Asset
from membership.models import Tier

pytestmark = pytest.mark.once

SECRET_BODY = "鱼眼是八十度"
SECRET_LINE = "绿茶怕烫"
TRANSCRIPT = (
    f"WEBVTT\n\n1\n00:00:01.500 --> 00:00:04.000\n<v Ada>{SECRET_LINE}\n\n00:01:02.250 --> 00:01:05.000\n第二句\n"
)


def sound(name):
    return Asset.objects.create(
        kind=Asset.Kind.AUDIO,
        title=name,
        key=f"assets/{name}/original.ogg",
        mime="audio/ogg",
        duration_ms=65_000,
        guard="lesson",
        transcript=TRANSCRIPT,
    )


def sitting(parent, title, slug, **facts):
    body = json.dumps([{"type": "paragraph", "value": f"<p>{SECRET_BODY}</p>"}])
    facts.setdefault("audio", sound(slug) if facts.get("kind", "audio") == "audio" else None)
    return publish(parent, LessonPage(title=title, slug=slug, intro="谁都看得到", body=body, **facts))


@pytest.fixture
def home(db):
    """The school's own tree, at the address of the default site."""
    site = Site.objects.get(is_default_site=True)
    home = publish(Page.objects.get(depth=1), SchoolHome(title="半闲书院", slug="school", promise="慢慢听"))
    site.root_page = home
    site.save()
    return home


@pytest.fixture
def index(home):
    return publish(home, CourseIndex(title="全部课程", slug="courses"))


@pytest.fixture
def tea(index, ada, inner, inner_plan):
    """The course ada teaches: ¥199 alone, or with the tier `inner`."""
    page = CoursePage(title="一盏茶", slug="tea", promise="泡出好茶", instructor=ada, price=199, tier=inner)
    return publish(index, page)


@pytest.fixture
def taste(tea):
    return sitting(tea, "先认识水", "water", is_preview=True)


@pytest.fixture
def paid(taste, tea):
    return sitting(tea, "火候", "heat")


@pytest.fixture
def live_at():
    return timezone.now() + timedelta(hours=1)


def read(client, page):
    answer = client.get(page.url)
    assert answer.status_code == 200
    return answer.content.decode()


def kept(page, text):
    """Nothing of the lesson itself is in the text."""
    return not any(word in text for word in (SECRET_BODY, SECRET_LINE, page.audio.url, "data-dock"))


def given(page, text):
    return all(word in text for word in (SECRET_BODY, SECRET_LINE, page.audio.url, "data-dock"))


def test_whoever_has_not_signed_in_sees_the_offers_and_nothing_of_the_lesson(client, paid):
    text = read(client, paid)
    assert kept(paid, text)
    assert "请先登录" in text
    assert "¥199" in text
    assert "¥68" in text
    assert "谁都看得到" in text


@pytest.mark.parametrize("who", ["cat", "dan", "eve"])
def test_whoever_has_no_right_sees_the_offers_and_nothing_of_the_lesson(request, login, paid, who):
    text = read(login(request.getfixturevalue(who)), paid)
    assert kept(paid, text)
    assert "¥199" in text


@pytest.mark.parametrize("who", ["ben", "ada"])
def test_a_member_and_the_teacher_are_given_all_of_the_lesson(request, login, paid, who):
    assert given(paid, read(login(request.getfixturevalue(who)), paid))


def test_on_one_device_too_many_the_page_says_which_there_are_and_keeps_the_lesson(login, paid, tea, ben, inner):
    Tier.objects.filter(pk=inner.pk).update(max_devices=1)
    ben.devices.create(key="k", session="s", name="iPhone · 微信", seen_at=timezone.now())
    client = login(ben)
    text = read(client, paid)
    assert kept(paid, text)
    assert "iPhone · 微信" in text
    assert "/me/#devices" in text
    assert "¥199" not in text
    assert "iPhone · 微信" in read(client, tea)
    assert "¥199" not in read(client, tea)
    ben.devices.all().delete()
    assert given(paid, read(client, paid))


def test_the_sound_itself_is_closed_to_whoever_has_no_right(client, login, paid, cat):
    assert client.get(paid.audio.url).status_code == 404
    assert login(cat).get(paid.audio.url).status_code == 404


def test_a_preview_is_open_to_whoever_has_not_signed_in(client, taste):
    assert given(taste, read(client, taste))


def test_someone_kept_out_is_led_to_the_preview(client, taste, paid):
    assert f'href="{taste.lesson.url}"' in read(client, paid)


def test_the_button_of_the_course_tells_each_person_the_truth(client, login, tea, paid, cat, ben, dan):
    assert "立即加入 ¥199" in read(client, tea)
    assert "立即加入 ¥199" in read(login(cat), tea)
    assert "会员已过期，续费" in read(login(dan), tea)
    text = read(login(ben), tea)
    assert "继续学习" in text
    assert "立即加入" not in text


def test_a_member_is_not_told_what_it_costs(login, tea, paid, ben):
    assert "¥199" not in read(login(ben), tea)


def test_the_course_page_gives_nothing_of_its_lessons_away(client, tea, paid):
    assert kept(paid, read(client, tea))


@pytest.mark.parametrize(("address", "most"), [("/courses/tea/", 15), ("/sitemap.xml", 15)])
def test_forty_lessons_cost_no_more_queries_than_five(client, tea, address, most):
    def queries():
        client.get(address)  # what is cached once per process is cached now
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    for number in range(5):
        sitting(tea, f"第{number}讲", f"lesson-{number}")
    few = queries()
    for number in range(5, 40):
        sitting(tea, f"第{number}讲", f"lesson-{number}")
    assert queries() == few <= most


def test_the_syllabus_says_how_far_one_is(login, client, tea, taste, paid, ben, bob, django_assert_num_queries):
    half = Heard.objects.create(person=ben, lesson=paid.lesson, heard_ms=20_000)
    Completion.objects.create(person=ben, lesson=taste.lesson)
    text = read(login(ben), tea)
    assert "还剩 1 分钟" in text
    assert "--part:31%" in text
    assert text.count("学完") == 1
    assert "还剩" not in read(login(bob), tea)
    client.logout()
    assert "还剩" not in read(client, tea)
    with django_assert_num_queries(1):
        assert progress_of(person=ben, lessons=[taste.lesson, half.lesson])[half.lesson_id].percent == 31


def test_an_unpublished_lesson_is_gone_and_its_sound_with_it(login, tea, paid, ben):
    client = login(ben)
    assert client.get(paid.audio.url).status_code == 302
    paid.unpublish()
    assert client.get(paid.url).status_code == 404
    assert "火候" not in read(client, tea)
    assert client.get(paid.audio.url).status_code == 404


def test_a_live_lesson_leads_to_its_room(login, tea, ben, live_at):
    page = sitting(tea, "同泡一壶", "live", kind="live", starts_at=live_at)
    text = read(login(ben), page)
    assert f'href="/live/{page.lesson.pk}/"' in text
    assert "进候课室" in text


def test_who_waits_for_a_live_lesson_may_be_called_and_a_stranger_signs_in_for_it(
    client, login, tea, ben, cat, live_at
):
    page = sitting(tea, "同泡一壶", "live", kind="live", starts_at=live_at)
    assert "登录后可以定开讲提醒" in read(client, page)
    assert "开讲时叫我" in read(login(cat), page)
    answer = login(ben).post(f"/lessons/{page.lesson.pk}/reminder/", follow=True)
    assert "开讲前一刻钟叫你" in answer.content.decode()
    assert "不用叫我了" in answer.content.decode()


def test_what_is_still_to_come_cannot_be_finished(login, tea, ben, live_at):
    page = sitting(tea, "同泡一壶", "live", kind="live", starts_at=live_at)
    assert "/finished/" not in read(login(ben), page)
    answer = login(ben).post(f"/lessons/{page.lesson.pk}/finished/", follow=True)
    assert "还没有开讲，听过了再记" in answer.content.decode()
    assert not Completion.objects.exists()
    type(page.lesson).objects.filter(pk=page.lesson.pk).update(starts_at=timezone.now() - timedelta(hours=2))
    assert "/finished/" in read(login(ben), page)


def test_nobody_is_offered_a_call_into_what_has_begun(client, login, tea, taste, ben, live_at):
    page = sitting(tea, "同泡一壶", "live", kind="live", starts_at=timezone.now() - timedelta(minutes=1))
    for one in (page, taste):
        assert "/reminder/" not in read(login(ben), one)
        assert "开讲提醒" not in read(client, one)


def test_the_home_page_counts_down_to_the_next_live_lesson(client, home, tea, live_at):
    page = sitting(tea, "同泡一壶", "live", kind="live", starts_at=live_at)
    text = read(client, home)
    assert "data-countdown" in text
    assert f'href="/live/{page.lesson.pk}/"' in text


def test_the_home_page_shows_a_member_their_courses(client, login, home, paid, ben):
    assert "我的课" not in read(client, home)
    assert "我的课" in read(login(ben), home)


def test_an_empty_school_says_what_to_do_next(client, home, index):
    assert "看看有哪些课" in read(client, home)
    assert "还没有开出来的课" in read(client, index)


def test_an_article_is_for_everyone(client, home):
    body = json.dumps([{"type": "quote", "value": {"text": "慢就是快", "source": "沈若谷"}}])
    text = read(client, publish(home, ArticlePage(title="慢", slug="slow", intro="为什么", body=body)))
    assert "慢就是快" in text
    assert 'property="og:description" content="为什么"' in text


def test_a_lesson_knows_what_comes_before_and_after(client, taste, paid):
    assert 'rel="next"' in read(client, taste)
    assert 'rel="prev"' in read(client, paid)


def test_a_transcript_is_read_line_by_line():
    assert [(cue.seconds, cue.text) for cue in cues(TRANSCRIPT)] == [(1.5, SECRET_LINE), (62.25, "第二句")]
    assert cues("WEBVTT\n\nNOTE nothing\n\nnot a cue") == []


@pytest.mark.parametrize(("number", "said"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (41, "四十一")])
def test_lessons_are_counted_as_a_chinese_book_counts(number, said):
    assert hanzi(number) == said


def test_publishing_wrote_the_course(tea):
    assert Course.objects.get(page=tea).price == 19900


def told(text):
    """The facts that the page gives to search engines."""
    return json.loads(text.partition('<script type="application/ld+json">')[2].partition("</script>")[0])


def test_a_search_engine_learns_of_a_course_what_a_stranger_sees(client, tea, settings):
    facts = told(read(client, tea))
    assert (facts["@type"], facts["name"], facts["description"]) == ("Course", "一盏茶", "泡出好茶")
    assert facts["url"] == f"{settings.SITE_URL}{tea.url}"
    assert facts["offers"] == [{"@type": "Offer", "category": "Paid", "price": "199.00", "priceCurrency": "CNY"}]
    assert facts["isAccessibleForFree"] is False
    assert facts["provider"]["name"]


def test_a_search_engine_learns_which_lessons_are_free_and_nothing_that_is_said_in_them(client, taste, paid):
    for page, is_free in ((taste, True), (paid, False)):
        facts = told(read(client, page))
        assert facts["isAccessibleForFree"] is is_free
        assert facts["isPartOf"]["name"] == "一盏茶"
        assert kept(page, json.dumps(facts, ensure_ascii=False))


def test_a_title_with_markup_does_not_end_the_facts(client, tea):
    tea.title = "</script><b>茶"
    tea.save_revision().publish()
    assert told(read(client, tea))["name"] == "</script><b>茶"


def test_the_sitemap_names_what_is_published_and_robots_name_the_sitemap(client, tea, paid, settings):
    draft = tea.add_child(instance=LessonPage(title="草稿", slug="draft", kind="live", live=False))
    page = client.get("/sitemap.xml")
    assert page["Content-Type"].startswith("application/xml")
    text = page.content.decode()
    assert f"<loc>{settings.SITE_URL}{tea.url}</loc>" in text
    assert f"<loc>{settings.SITE_URL}{paid.url}</loc>" in text
    assert f"<lastmod>{timezone.localdate(tea.last_published_at)}</lastmod>" in text
    assert draft.slug not in text
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in client.get("/robots.txt").content.decode()


def test_the_feed_brings_what_is_new_first_and_nothing_that_is_sold(client, home, taste, paid, settings):
    article = publish(home, ArticlePage(title="一碗面", slug="noodles", intro="面要现擀"))
    sold = CoursePage.objects.get()
    sold.add_child(instance=LessonPage(title="草稿", slug="draft", kind="live", live=False))
    page = client.get("/feed/")
    assert page["Content-Type"].startswith("application/atom+xml")
    text = page.content.decode()
    places = [text.index(f'"{settings.SITE_URL}{each.url}"') for each in (article, paid, taste, sold)]
    assert places == sorted(places)
    assert "面要现擀" in text
    assert "<author><name>" in text.partition("<entry>")[0]  # RFC 4287, 4.1.1
    assert "谁都看得到" in text
    assert "草稿" not in text
    assert kept(paid, text)
    assert 'xml:lang="zh-CN"' in text


@pytest.mark.parametrize(("language", "written"), [("en", True), ("zh-hant", True), ("zh-hans", False)])
def test_what_a_teacher_wrote_is_read_out_in_its_own_language(client, tea, language, written):
    page = client.get(tea.url, headers={"Accept-Language": language}).content.decode()
    assert ('<h1 class="kp" lang="zh-Hans">' in page) == written
