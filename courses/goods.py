"""A course sold singly: what it costs, and what paying for it opens."""

from django.utils.translation import gettext as _

from accounts.models import User
from courses.errors import NotSold
from courses.models import Course
from membership import services as membership
from payments.goods import Delivery, Line, Quote, Thing


class CourseGoods:
    """Kind ``course`` in the goods registry; `ref` is the course's key."""

    def quote(self, *, person: User, ref: str) -> Quote:
        course = _on_sale(ref)
        breakdown: list[Line] = [{"label": _("课程 · 长期回听"), "amount": course.price or 0}]
        return Quote(course.title, course.price or 0, course.currency, breakdown, course.url)

    def deliver(self, delivery: Delivery) -> None:
        membership.give(person=delivery.person, scope=delivery.name, source=delivery.source, note=delivery.note)

    def withdraw(self, *, source: str) -> None:
        membership.withdraw(source=source)

    def why_kept(self, *, source: str) -> str:
        return ""

    def things(self, *, ref: str = "") -> dict[str, Thing]:
        courses = Course.objects.published().order_by("title")
        if ref:
            courses = courses.filter(pk=ref) if ref.isdecimal() else courses.none()
        return {str(course.pk): Thing(course.title, course.url) for course in courses}


def _on_sale(ref: str) -> Course:
    course = Course.objects.filter(pk=ref, is_published=True, is_free=False).first() if ref.isdecimal() else None
    if course is None or not course.price:
        raise NotSold
    return course
