"""From raw files to a lesson that appears on the minute: what an author and an editor do in one sitting."""

import io
import re
import time
import wave
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from pages import publish
from playwright.sync_api import expect
from reportlab.pdfgen.canvas import Canvas
from school import work
from wagtail.models import Page, Site

from accounts.models import User
from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from cms.staff import welcome
from cohorts.models import Cohort
from config import clock
from courses.models import Lesson

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]
PART = re.compile(r"/parts/")


@pytest.fixture
def arno(db):
    """An author: writes lessons and publishes none."""
    person = User.objects.create_user("arno@example.com", name="阿诺", role="author")
    welcome(person)
    return person


@pytest.fixture
def course_page(ada, emil, inner, inner_plan):
    """Ada's course, published and still without a lesson, for members and for the autumn's cohort."""
    welcome(emil)
    home = publish(Page.get_first_root_node(), SchoolHome(title="书院", slug="school"))
    Site.objects.update(root_page=home)
    index = publish(home, CourseIndex(title="课程", slug="courses"))
    publish(index, CoursePage(title="一盏茶", slug="tea", promise="会泡", instructor=ada, tier=inner))
    page = CoursePage.objects.get(slug="tea")
    Cohort.objects.create(name="秋茶群", starts_on=timezone.localdate() + timedelta(days=10)).courses.add(page.course)
    return page


@pytest.fixture
def raw(spoken_wav, tmp_path):
    """A recording as it came from the machine, three parts long, and the slides that were shown."""
    sound, paper = tmp_path / "02_水温.wav", tmp_path / "01_讲义.pdf"
    with wave.open(str(spoken_wav)) as spoken, wave.open(str(sound), "wb") as longer:
        longer.setparams(spoken.getparams())
        data = spoken.readframes(spoken.getnframes())
        longer.writeframes(data * (1 + (20 << 20) // len(data)))
    pages = io.BytesIO()
    canvas = Canvas(pages, pagesize=(960, 540))
    for number in range(3):
        canvas.drawString(100, 100, f"Tea {number}")
        canvas.showPage()
    canvas.save()
    paper.write_bytes(pages.getvalue())
    return sound, paper


def learner_sees(page, site, lesson, **look):
    """The lesson as somebody would see it, in the editor's own look at it."""
    said = {name: f"{value:%Y-%m-%dT%H:%M}" if hasattr(value, "hour") else value for name, value in look.items()}
    page.goto(f"{site}/admin/as-learner/{lesson.pk}/?{urlencode(said)}")
    return page.frame_locator("iframe").locator("body")


def test_from_a_raw_recording_to_a_lesson_that_appears_on_the_minute(
    school, ears, enter, arno, emil, ben, course_page, raw, inner
):
    site, sent = school.start().url, []
    # arno drops two files, watches, and reloads in the middle
    desk = enter(ears, arno, f"{site}/admin/uploads/")
    stuck = []  # the last part stays on the way until he has reloaded

    def pass_on(route):
        if route.request.url.endswith("/parts/3/") and not stuck:
            stuck.append(route)
        else:
            sent.append(route.request.url)
            route.continue_()

    desk.context.route(PART, pass_on)
    desk.locator("[data-file]").set_input_files([str(path) for path in raw])
    expect(desk.locator("[data-rows] li")).to_have_count(2)
    expect(desk.locator("[data-whole-said]")).to_contain_text("MB")
    desk.wait_for_function("() => document.querySelector('[data-whole-bar]').value > 0.6")
    desk.reload()
    half = desk.locator("[data-rows] li", has_text="02_水温.wav")
    expect(half).to_be_visible()
    before = list(sent)
    # he goes on with the same file; what had arrived is not sent again
    desk.locator("[data-file]").set_input_files(str(raw[0]))
    expect(desk.locator("[data-whole]")).to_be_hidden(timeout=30_000)
    assert [url[-9:] for url in sent[len(before) :]] == ["/parts/3/"]
    # two lessons, the paper first
    desk.locator("[data-course]").select_option(str(course_page.pk))
    expect(desk.locator("[data-submit]")).to_have_text("建成 2 个小节")
    desk.locator("[data-submit]").click()
    desk.wait_for_url(f"**/admin/pages/{course_page.pk}/**")
    paper, water = LessonPage.objects.child_of(course_page)
    assert (paper.kind, water.kind) == ("file", "audio")
    assert (paper.live, water.live) == (False, False)
    assert not Lesson.objects.exists()
    work()
    assert water.audio.renditions.filter(state="ready").count() >= 5
    # a week into the cohort's time, and he looks at it as three learners on three days
    desk.goto(f"{site}/admin/pages/{water.pk}/edit/")
    desk.locator("[name=unlock]").select_option("cohort")
    desk.locator("[name=unlock_days]").fill("7")
    desk.get_by_role("button", name="保存草稿").click()
    expect(desk.locator(".messages")).to_contain_text("水温")
    cohort, today = Cohort.objects.get(), timezone.localtime()
    member = {"who": f"tier:{inner.pk}", "cohort": cohort.pk}
    assert "开放" in learner_sees(desk, site, water, **member, at=today + timedelta(days=11)).inner_text()
    expect(
        learner_sees(desk, site, water, **member, at=today + timedelta(days=18)).locator("[data-dock]")
    ).to_be_visible()
    stranger = learner_sees(desk, site, water, who="anonymous", at=today + timedelta(days=18))
    expect(stranger.locator("[data-dock]")).to_have_count(0)
    expect(stranger).to_contain_text("登录")
    # it is to appear on the next whole minute, once emil has read it
    at = (timezone.localtime() + timedelta(seconds=90)).replace(second=0, microsecond=0)
    draft = LessonPage.objects.get(pk=water.pk).get_latest_revision_as_object()
    draft.go_live_at, draft.unlock = at, "now"
    draft.save_revision(user=arno)
    desk.goto(f"{site}/admin/pages/{water.pk}/edit/")
    desk.locator("footer").get_by_role("button", name="更多动作").click()
    desk.locator("[name=action-submit]").click()
    editor = enter(ears, emil, f"{site}/admin/pages/{water.pk}/edit/")
    editor.locator("footer").get_by_role("button", name="更多动作").click()
    editor.locator("footer [data-workflow-action-name=approve]").first.click()
    expect(editor.locator(".messages")).to_contain_text("水温")
    assert LessonPage.objects.get(pk=water.pk).approved_schedule
    ours = enter(ears, ben, f"{site}{course_page.url}")
    assert "水温" not in ours.content()
    while timezone.now() < at:
        clock.do_promptly()
        is_out = Lesson.objects.published().exists()
        assert not is_out or timezone.now() >= at, "not before its minute"
        time.sleep(1)
    clock.do_promptly()
    assert timezone.now() - at < timedelta(seconds=20)
    ours.reload()
    ours.get_by_role("link", name="水温").first.click()
    expect(ours.locator("[data-dock]")).to_be_visible()
    assert not ours.trouble
