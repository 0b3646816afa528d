"""The form of a page, as a quick editor uses it: what was typed stays, and one press makes one page."""

import pytest
from django.urls import reverse
from pages import publish
from playwright.sync_api import expect
from wagtail.models import Page, Site

from cms.models import CourseIndex, CoursePage, LessonPage, SchoolHome
from cms.staff import welcome

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(school, ears, enter, ada, emil, inner):
    """Emil before the form of a new lesson."""
    welcome(emil)
    home = publish(Page.get_first_root_node(), SchoolHome(title="书院", slug="school"))
    Site.objects.update(root_page=home)
    index = publish(home, CourseIndex(title="课程", slug="courses"))
    publish(index, CoursePage(title="一盏茶", slug="tea", promise="会泡", instructor=ada, tier=inner))
    course = CoursePage.objects.get(slug="tea")
    address = reverse("wagtailadmin_pages:add", args=["cms", "lessonpage", course.pk])
    return enter(ears, emil, f"{school.start().url}{address}")


def test_who_publishes_while_the_draft_is_still_being_saved_has_one_page(desk):
    saved = []

    def hold(route):
        if "application/json" in route.request.headers.get("accept", "") and not saved:
            saved.append((route, route.fetch()))  # the school has it, and the page does not know yet
        else:
            route.continue_()

    desk.route("**/admin/pages/add/**", hold)
    desk.locator("[name=kind]").select_option("text")
    desk.locator("[name=title]").press_sequentially("水温")
    for _ in range(30):  # what is typed at the very beginning is not taken for a change
        desk.locator("[name=intro]").press_sequentially("茶")
        desk.wait_for_timeout(500)
        if saved:
            break
    desk.locator("footer").get_by_role("button", name="更多动作").click()
    desk.locator("footer [name=action-publish]").click(no_wait_after=True)
    desk.wait_for_timeout(500)
    route, answer = saved[0]
    route.fulfill(response=answer)
    expect(desk.locator(".messages")).to_contain_text("水温")
    (page,) = LessonPage.objects.all()
    assert page.live


def test_what_was_typed_stays_and_only_what_belongs_to_a_choice_is_asked(desk):
    desk.locator("[name=kind]").select_option("live")
    begins = desk.locator("[name=starts_at]")
    begins.fill("明天晚上八点")
    begins.press("Tab")
    desk.wait_for_timeout(300)
    assert begins.input_value() == "明天晚上八点"
    shown = {name: desk.locator(f"[name={name}]") for name in ("unlock_at", "unlock_days", "unlock_weekday")}
    assert not any(field.is_visible() for field in shown.values())
    desk.locator("[name=unlock]").select_option("cohort")
    assert [name for name, field in shown.items() if field.is_visible()] == ["unlock_days", "unlock_weekday"]
    desk.locator("[name=unlock]").select_option("moment")
    assert [name for name, field in shown.items() if field.is_visible()] == ["unlock_at"]
