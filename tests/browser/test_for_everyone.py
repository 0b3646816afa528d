"""Every page as those meet it who cannot see it, cannot use a mouse, or hold a small phone."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from accounts.models import User
from cms.demo.school import build
from courses.models import Certificate, Homework, Lesson
from live.models import Broadcast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

# Wide things must scroll inside themselves, never the page.
OVERFLOW = "() => document.documentElement.scrollWidth - innerWidth"
REACHABLE = """() => {
    const wanted = 'a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), select, textarea, summary, [tabindex="0"]';
    const seen = e => { const r = e.getBoundingClientRect();
        return e.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}) && r.width > 0 && r.height > 0 && !e.closest('[inert]'); };
    return [...document.querySelectorAll(wanted)].filter(e => seen(e) && e.tabIndex >= 0 && e.type !== 'radio')
        .map((e, i) => { e.dataset.reach = i; return `${i} ${e.tagName} ${(e.getAttribute('aria-label') || e.textContent || e.name || '').trim().slice(0, 20)}`; });
}"""
NOTE_THE_FOCUS = (
    "() => { window.reached = []; addEventListener('focusin', e => reached.push(e.target.dataset.reach)); }"
)


@pytest.fixture
def demo(school):
    """The demo school, running."""
    build(lambda _: None)
    return school.start()


def doors():
    """Who looks at what: (e-mail or nothing, address)."""
    live = Lesson.objects.get(url__endswith="/tea/live/").pk
    course = Lesson.objects.get(pk=live).course_id
    handed = Homework.objects.values_list("lesson", flat=True).first()
    proof = Certificate.objects.create(
        person=User.objects.get(email="xiaohe@example.com"),
        course_id=course,
        name="小禾",
        course_title="一盏茶的功夫",
        teacher_name="沈若谷",
        lessons=7,
    )
    visitor = ["/", "/courses/", "/courses/tea/", "/courses/tea/water/", "/courses/tea/heat/", "/slow/", "/membership/"]
    return [
        *((None, path) for path in (*visitor, "/accounts/login/", f"/live/{live}/")),
        *(
            ("mosheng@example.com", path)
            for path in (f"/live/{live}/", f"/pay/checkout/course:{course}/", "/pay/orders/")
        ),
        *(("xiaohe@example.com", path) for path in ("/", "/courses/tea/heat/", f"/live/{live}/", "/me/")),
        *(
            ("xiaohe@example.com", path)
            for path in (
                "/courses/tea/again/",
                "/me/notes/",
                "/me/certificates/",
                "/me/feeds/",
                "/me/downloads/",
                "/me/notifications/",
            )
        ),
        (None, "/certificates/"),
        (None, f"/certificates/{proof.code}/"),
        ("xiaohe@example.com", f"/lessons/{handed}/homework/"),
        ("xiaohe@example.com", f"/lessons/calendar/{course}/"),
        ("xiaohe@example.com", "/search/?q=水"),
        ("lapsed@example.com", "/courses/tea/"),
        ("shen@example.com", "/lessons/homework/"),
        ("shen@example.com", f"/live/{live}/console/"),
    ]


@pytest.mark.parametrize(("scheme", "width", "height"), [("light", 1440, 900), ("dark", 320, 640)])
def test_on_no_page_is_anything_in_the_way_and_the_keyboard_reaches_everything(
    demo, ears, enter, scheme, width, height
):
    found = []
    for email, path in doors():
        person = User.objects.get(email=email) if email else None
        page = enter(ears, person, demo.url + path, width=width, height=height, color_scheme=scheme)
        found += faults(page, path)
        page.context.close()
    assert found == []


def test_in_english_nothing_is_in_the_way_on_a_small_phone_either(demo, ears, enter):
    """Its words are the longest, and longest of all when everyone waits for a teacher who is late."""
    Broadcast.objects.update(state="waiting")
    Lesson.objects.filter(kind="live", audio=None).update(starts_at=timezone.now() - timedelta(minutes=5))
    handed = Homework.objects.values_list("lesson", flat=True).first()
    shelf = ["/courses/children/", "/courses/tea/", "/membership/"]
    own = ["/", "/courses/tea/heat/", "/search/?q=水", "/me/", "/me/notes/", "/me/feeds/", "/me/downloads/"]
    own += ["/me/notifications/settings/", f"/lessons/{handed}/homework/"]
    reader, found = User.objects.get(email="xiaohe@example.com"), []
    for person, path in [*((None, path) for path in shelf), *((reader, path) for path in own)]:
        page = enter(ears, person, demo.url + path, width=320, height=640, locale="en-US")
        assert page.evaluate("document.documentElement.lang") == "en"
        found += faults(page, path)
        page.context.close()
    assert found == []


def faults(page, path):
    page.wait_for_timeout(300)
    found = [(path, *fault) for fault in (*in_the_way(page), *out_of_reach(page))]
    spilled = page.evaluate(OVERFLOW)
    return [*found, (path, "overflow", spilled)] if spilled > 0 else found


def in_the_way(page):
    for one in Axe().run(page).response["violations"]:
        if one["impact"] in {"serious", "critical"}:
            yield one["id"], one["nodes"][0]["html"][:150]


def out_of_reach(page):
    wanted = page.evaluate(REACHABLE)
    page.evaluate(NOTE_THE_FOCUS)
    for _ in range(len(wanted) + 8):
        page.keyboard.press("Tab")
    reached = set(page.evaluate("reached"))
    return [("out of reach", name) for number, name in enumerate(wanted) if str(number) not in reached]


def test_a_member_enters_and_asks_with_the_keyboard_alone(demo, ears, enter):
    live = Lesson.objects.get(url__endswith="/tea/live/").pk
    page = enter(ears, User.objects.get(email="xiaohe@example.com"), f"{demo.url}/live/{live}/")
    page.wait_for_timeout(500)
    page.locator("[data-enter]").focus()
    page.keyboard.press("Enter")
    page.locator("form[data-say] input[name=text]").focus()
    page.keyboard.type("听得见吗")
    page.keyboard.press("Enter")
    page.get_by_text("听得见吗").first.wait_for()
