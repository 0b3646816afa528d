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
from cms.demo.content import ARTICLE, COHORTS, COURSES, TIERS
from cms.demo.people import PEOPLE
from cms.models import ArticlePage, CourseIndex, CoursePage, LessonPage, SchoolHome
from cohorts.models import Cohort, Seat
from media.models import Asset
from media.services import keep, request_renditions
from membership.models import Plan, Tier
from membership.services import give

HERE = Path(__file__).parent
NAME = "半闲书院"
Say = Callable[[str], object]


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
    _child(home, ArticlePage(**{**ARTICLE, "body": ARTICLE["body"]}))


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
        ),
    )
    page.refresh_from_db()
    page.course.cohorts.add(*(cohorts[name] for name in facts["cohorts"]))
    for lesson in facts["lessons"]:
        _lesson(page, lesson)


def _lesson(course: CoursePage, facts: dict[str, Any]) -> None:
    if LessonPage.objects.child_of(course).filter(slug=facts["slug"]).exists():
        return
    minutes = facts.get("in_minutes")
    _child(
        course,
        LessonPage(
            **{name: facts[name] for name in ("slug", "title", "kind", "intro", "body")},
            is_preview=facts.get("preview", False),
            starts_at=timezone.now() + timedelta(minutes=minutes) if minutes else None,
            audio=_voice(facts["voice"], facts["title"], course) if "voice" in facts else None,
        ),
    )


def _voice(name: str, title: str, course: CoursePage) -> Asset:
    asset = keep(
        data=HERE / f"{name}.ogg",
        title=title,
        kind=Asset.Kind.AUDIO,
        mime="audio/ogg",
        guard="staff",
        by=course.instructor,
    )
    asset.transcript = (HERE / f"{name}.vtt").read_text("utf-8")
    asset.save(update_fields=["transcript"])
    request_renditions(asset=asset)
    return asset
