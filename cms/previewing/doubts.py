"""What of a choice nobody can ever be, or be there to see."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from cms.models import CoursePage
from cms.previewing.look import BOUGHT, LAPSED, Look
from courses.models import Course, Drip
from courses.models.drip import day_at_home
from membership.models import Plan
from web import clock


def doubts(look: Look, page: CoursePage, course: Course, lesson: Any = None) -> list[str]:
    """Sentences, none for a learner who may well come about. `page` is the course's; `lesson` the one looked at."""
    found = [*_of_publishing(look, page)]
    if look.is_somebody:
        found += [*_of_joining(look), *_of_rights(look, course), *_of_the_cohort(look, course)]
    elif look.cohort:
        found.append(_("没有登录的人和讲师不在群里：群“%(name)s”在这里不算。") % {"name": look.cohort.name})
    if lesson and lesson.unlock == Drip.Unlock.COHORT and not course.cohorts.exists():
        found.append(_("这一节按群开课排，可这门课还没有群：各人从加入那天数起。"))
    return found


def _of_publishing(look: Look, page: CoursePage) -> Iterator[str]:
    if not page.live or page.first_published_at is None:
        yield _("这门课还没有发布：下面是现在就发布的样子。")
    elif look.at < page.first_published_at:
        yield _("那时这门课还没有发布，%(when)s 才发布。") % {
            "when": clock.spoken(page.first_published_at, with_year=True)
        }


def _of_joining(look: Look) -> Iterator[str]:
    if look.joined > look.at:
        yield _("看的那一刻还没有加入：加入是在 %(when)s。") % {"when": clock.spoken(look.joined, with_year=True)}


def _of_rights(look: Look, course: Course) -> Iterator[str]:
    if look.who == BOUGHT and not course.is_sold:
        yield _("这门课现在不单卖，没有人能单买到。")
    if look.who == LAPSED and not (course.tier or course.is_sold):
        yield _("这门课不卖也不给会员，没有什么会到期。")
    if look.tier and look.tier.is_archived:
        yield _("会员等级“%(tier)s”已经归档，不会再有新会员。") % {"tier": look.tier.name}
    elif look.tier and not Plan.objects.on_sale().filter(tier=look.tier).exists():
        yield _("会员等级“%(tier)s”没有在卖的套餐，现在买不到。") % {"tier": look.tier.name}


def _of_the_cohort(look: Look, course: Course) -> Iterator[str]:
    cohort = look.cohort
    if cohort is None:
        return
    if not cohort.courses.filter(pk=course.pk).exists():
        yield _("群“%(name)s”没有这门课，它的开课日在这里不算。") % {"name": cohort.name}
    if cohort.starts_on and day_at_home(look.at) < cohort.starts_on:
        yield _("那一天群“%(name)s”还没有开课。") % {"name": cohort.name}
    if cohort.closed_at and cohort.closed_at <= look.at:
        yield _("那时群“%(name)s”已经解散。") % {"name": cohort.name}
