"""Building the demo school, each thing once: running it again changes nothing that is there."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone
from wagtail.models import Page, Site

from accounts.models import Role, User
from cms import staff
from cms.demo import kinds, pages
from cms.demo.content import ARTICLE, COHORTS, COURSES, TIERS
from cms.demo.people import PEOPLE
from cms.models import (
    ArticlePage,
    CourseIndex,
    CoursePage,
    InstructorPage,
    LandingPage,
    LessonPage,
    SchoolHome,
    Subject,
)
from cohorts.models import Cohort, Seat
from media.models import Asset
from media.services import keep, request_renditions
from membership.models import Plan, Tier
from membership.services import give

HERE = Path(__file__).parent
NAME = "半闲书院"
Say = Callable[[str], object]
MEDIA = (  # what a lesson says, the field it goes into, the ending of the file, and what it is
    ("voice", "audio", "ogg", Asset.Kind.AUDIO),
    ("film", "video", "mp4", Asset.Kind.VIDEO),
    ("deck", "deck", "pdf", Asset.Kind.FILE),
    ("handout", "handout", "pdf", Asset.Kind.FILE),
)


def build(say: Say = print) -> None:
    """People, membership, cohorts, pages with real sound; `say` hears what is being done."""
    say(f"{NAME}: 人")
    people = {one.email: _person(one.email, one.name, one.role) for one in PEOPLE}
    say(f"{NAME}: 会员和群")
    tiers = {tier["slug"]: _tier(tier) for tier in TIERS}
    _members(people, tiers["tongchuang"])
    cohorts = {name: _cohort(name, *facts, people) for name, facts in COHORTS.items()}
    home = _home()
    index = _child(home, CourseIndex(title="全部课程", slug="courses", show_in_menus=True))
    for facts in COURSES:
        say(f"{NAME}: 《{facts['title']}》")
        _course(index, facts, people, tiers["tongchuang"], cohorts)
    _child(home, ArticlePage(**ARTICLE))
    say(f"{NAME}: 老师、文章和活动")
    _pages(home, people)


def _person(email: str, name: str, role: str) -> User:
    person = User.objects.filter(email=email).first() or User.objects.create_user(email, name=name, role=role)
    if role == Role.OWNER and not person.is_superuser:
        person.is_superuser = True
        person.save()
    staff.welcome(person)
    return person


def _tier(facts: dict[str, Any]) -> Tier:
    tier, _ = Tier.objects.get_or_create(
        slug=facts["slug"],
        defaults={
            "name": facts["name"],
            "rank": facts["rank"],
            "promise": facts["promise"],
            "benefits": [{"label": label, "value": value} for label, value in facts["benefits"]],
        },
    )
    for period, price in facts["plans"].items():
        if not tier.plans.filter(period=period).exists():
            Plan.objects.create(tier=tier, period=period, price=price)
    return tier


def _members(people: dict[str, User], tier: Tier) -> None:
    year = timezone.now() + timedelta(days=365)
    for email in ("xiaohe@example.com", "tingsong@example.com"):
        give(person=people[email], tier=tier, ends_at=year, source=f"demo:{email}", note="演示")
    lapsed = people["lapsed@example.com"]
    if not lapsed.grants.exists():
        now = timezone.now()
        lapsed.grants.create(
            tier=tier,
            starts_at=now - timedelta(days=60),
            ends_at=now - timedelta(days=30),
            source="demo:lapsed",
            note="演示",
        )


def _cohort(name: str, theme: str, members: list[str], people: dict[str, User]) -> Cohort:
    cohort, _ = Cohort.objects.get_or_create(name=name, defaults={"theme": theme})
    for email in members:
        Seat.objects.get_or_create(cohort=cohort, person=people[email])
    return cohort


def _home() -> Any:
    home = SchoolHome.objects.first()
    if home:
        return home
    root = Page.get_first_root_node()
    home = SchoolHome(title=NAME, slug="school", promise="老师开口，群里就听见。说过的，都找得回。")
    root.add_child(instance=home)
    home.save_revision().publish()
    site = Site.objects.filter(is_default_site=True).first() or Site(hostname="localhost", is_default_site=True)
    welcome, site.root_page, site.site_name = site.root_page if site.root_page_id else None, home, NAME
    site.save()
    if welcome and welcome.specific_class is Page and not welcome.get_children().exists():
        welcome.delete()  # Wagtail's own welcome page
    return home


def _child(parent: Any, page: Any) -> Any:
    found = page.__class__.objects.child_of(parent).filter(slug=page.slug).first()
    if found:
        return found
    parent.add_child(instance=page)
    page.save_revision().publish()
    return page


def _course(
    index: CourseIndex, facts: dict[str, Any], people: dict[str, User], tier: Tier, cohorts: dict[str, Cohort]
) -> None:
    page = _child(
        index,
        CoursePage(
            **{name: facts[name] for name in ("slug", "title", "promise", "teacher", "cloth", "outcomes", "about")},
            instructor=people[facts["instructor"]],
            price=Decimal(facts["price"]) if facts["price"] else None,
            tier=tier,
            subjects=[Subject.objects.get_or_create(name=name)[0] for name in facts["subjects"]],
        ),
    )
    page.refresh_from_db()
    page.course.cohorts.add(*(cohorts[name] for name in facts["cohorts"]))
    for lesson in [*facts["lessons"], *kinds.LESSONS.get(facts["slug"], [])]:
        _lesson(page, lesson)


def _lesson(course: CoursePage, facts: dict[str, Any]) -> None:
    if LessonPage.objects.child_of(course).filter(slug=facts["slug"]).exists():
        return
    minutes = facts.get("in_minutes")
    _child(
        course,
        LessonPage(
            **{name: facts[name] for name in ("slug", "title", "kind", "intro", "body")},
            **facts.get("homework", {}),
            is_preview=facts.get("preview", False),
            starts_at=timezone.now() + timedelta(minutes=minutes) if minutes else None,
            questions=facts.get("questions", []),
            slide_lines=facts.get("slide_lines", ""),
            **_media(facts, course),
        ),
    )


def _media(facts: dict[str, Any], course: CoursePage) -> dict[str, Any]:
    """What is heard, seen or taken home, kept in the school's store. A recording belongs to one lesson: each has its own."""
    kept = {
        name: _kept(f"{facts[said]}.{ending}", facts["title"], kind, course)
        for said, name, ending, kind in MEDIA
        if said in facts
    }
    said = [(_kept(f"{name}.ogg", title, Asset.Kind.AUDIO, course), title) for name, title in facts.get("clips", [])]
    return kept | {"clips": [("clip", {"audio": asset, "title": title}) for asset, title in said]}


def _kept(name: str, title: str, kind: str, course: CoursePage) -> Asset:
    """The file of the demo, with its words where it has any, and its other forms ordered."""
    asset = keep(data=HERE / name, title=title, kind=kind, mime="", guard="staff", by=course.instructor)
    words = (HERE / name).with_suffix(".vtt")
    if words.exists():
        asset.transcript = words.read_text("utf-8")
        asset.save(update_fields=["transcript"])
    request_renditions(asset=asset)
    return asset


def _pages(home: Any, people: dict[str, User]) -> None:
    """Teachers first: articles and the campaign show them."""
    for facts in pages.INSTRUCTORS:
        if not InstructorPage.objects.filter(user=people[facts["user"]]).exists():
            _child(home, InstructorPage(**facts | {"user": people[facts["user"]], "show_in_menus": True}))
    for facts in pages.ARTICLES:
        _child(home, ArticlePage(**facts | {"body": _shown(facts["body"])}))
    campaign = {name: value for name, value in pages.CAMPAIGN.items() if name != "in_days"}
    campaign["ends_at"] = timezone.now() + timedelta(days=pages.CAMPAIGN["in_days"])
    campaign["action_page"] = CoursePage.objects.filter(slug=campaign["action_page"]).first()
    _child(home, LandingPage(**campaign | {"body": _shown(campaign["body"])}))


def _shown(body: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """With the pages that are named in it."""
    return [(kind, FINDING[kind](value) if kind in FINDING else value) for kind, value in body]


def _lesson_called(path: str) -> LessonPage | None:
    found: LessonPage | None = LessonPage.objects.filter(url_path__endswith=f"/{path}/").first()
    return found


def _courses_called(told: tuple[str, list[str]]) -> dict[str, Any]:
    title, slugs = told
    found = {page.slug: page for page in CoursePage.objects.filter(slug__in=slugs)}
    return {"title": title, "courses": [found[slug] for slug in slugs if slug in found]}


FINDING: dict[str, Callable[[Any], Any]] = {
    "lesson": _lesson_called,
    "instructor": lambda slug: InstructorPage.objects.filter(slug=slug).first(),
    "courses": _courses_called,
}
