"""Pages for one occasion and pages of teachers: true prices, a polite end, nothing of what is not out yet."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from pages import publish
from wagtail.models import Page, Site

from cms.models import CourseIndex, CoursePage, InstructorPage, LandingPage, LessonPage, SchoolHome

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def home(db):
    home = publish(Page.objects.get(depth=1), SchoolHome(title="半闲书院", slug="school"))
    Site.objects.update(root_page=home)
    return home


@pytest.fixture
def tea(home, ada, inner):
    index = publish(home, CourseIndex(title="全部课程", slug="courses"))
    return publish(index, CoursePage(title="一盏茶", slug="tea", promise="泡茶", instructor=ada, price=199, tier=inner))


def campaign(tea, **facts):
    pieces = [("courses", {"title": "", "courses": [tea.pk]}), ("plans", {"title": "会员"})]
    body = json.dumps([{"type": kind, "value": value} for kind, value in pieces])
    facts = {"action": "报名", "action_page": Page.objects.get(pk=tea.pk), "slug": "spring"} | facts
    return LandingPage(title="春茶季", promise="三晚喝懂春茶", body=body, **facts)


def teacher(ada, **facts):
    return InstructorPage(title="沈若谷", slug="shen", user=ada, line="做茶二十六年", **facts)


def read(client, page):
    return client.get(page.url).content.decode()


def test_a_stranger_sees_what_is_offered_at_its_true_price_and_the_one_thing_to_do(client, home, tea, inner_plan):
    text = read(client, publish(home, campaign(tea)))
    for words in ("三晚", "¥199", "¥68", "内院", '"@type": "WebPage"'):
        assert words in text
    assert text.count("btn go") == 1
    inner_plan.price = 8800
    inner_plan.save()
    assert "¥88" in read(client, LandingPage.objects.get())


def test_after_its_end_a_campaign_says_so_and_sells_nothing(client, home, tea, inner_plan):
    page = publish(home, campaign(tea, ends_at=timezone.now() + timedelta(hours=1)))
    assert "btn go" in read(client, page)
    LandingPage.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    text = read(client, page)
    assert "结束了" in text
    assert "btn go" not in text
    assert "¥199" not in text


def test_a_draft_of_a_campaign_or_of_a_teacher_is_not_there(client, home, tea, ada):
    for page in (campaign(tea, live=False), teacher(ada, live=False)):
        home.add_child(instance=page)
        assert client.get(page.url).status_code == 404
    assert "认识" not in read(client, tea)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"action_page": None, "action_address": "javascript:alert(1)"}, "这个地址不能用"),
        ({"action_page": None}, "按钮要有去处"),
        ({"action_address": "/courses/"}, "只能有一个去处"),
        ({"action": ""}, "按钮上写什么"),
    ],
)
def test_a_button_that_cannot_be_is_refused_with_a_sentence(tea, facts, sentence):
    page = campaign(tea, **facts)
    page.set_url_path(None)
    with pytest.raises(ValidationError, match=sentence):
        page.full_clean(exclude=["path", "depth"])


def test_the_button_goes_when_the_page_it_leads_to_goes(client, home, tea):
    page = publish(home, campaign(tea))
    tea.unpublish()
    assert "btn go" not in read(client, page)


def test_a_teachers_page_lists_what_they_teach_and_when_they_speak_next(client, home, tea, ada, finn):
    publish(tea, LessonPage(title="同泡一壶", slug="live", kind="live", starts_at=timezone.now() + timedelta(days=1)))
    other = CoursePage(title="雨中读诗", slug="rain", promise="读", instructor=finn, price=99)
    publish(tea.get_parent(), other)
    page = publish(home, teacher(ada))
    text = read(client, page)
    for words in ("做茶二十六年", "一盏茶", "¥199", "同泡一壶", '"@type": "Person"'):
        assert words in text
    assert "雨中读诗" not in text
    assert f'href="{page.url}"' in read(client, tea)
    assert page.url in client.get("/sitemap.xml").content.decode()


def test_a_teacher_has_one_page(home, ada):
    publish(home, teacher(ada))
    with pytest.raises(ValidationError, match="已经有自己的页"):
        InstructorPage(title="又", slug="again", user=ada, line="又", path="x", depth=3).full_clean()
