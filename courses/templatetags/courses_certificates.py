"""What templates ask of certificates."""

from typing import Any

from django import template
from django.template import Context

from accounts.models import User
from courses.certificates.earning import is_earned
from courses.models import Certificate, Course

register = template.Library()


@register.simple_tag(takes_context=True)
def certificate_here(context: Context, course: Course | None) -> dict[str, Any]:
    """Of a course that gives certificates: the one `given` to this person, or whether it `may_be_asked_for`."""
    person = context["request"].user
    if course is None or not course.gives_certificate:
        return {}
    given = Certificate.objects.of(person).filter(course=course).first() if isinstance(person, User) else None
    may_be_asked_for = isinstance(person, User) and given is None and is_earned(person, course)
    return {"is_offered": True, "given": given, "may_be_asked_for": may_be_asked_for}
