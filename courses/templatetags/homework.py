"""The homework of a lesson, wherever a page wants it."""

from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.utils.timesince import timesince

from courses.homework.panel import Panel
from courses.models import Lesson

register = template.Library()


@register.inclusion_tag("courses/homework/_panel.html", takes_context=True)
def homework(context: Context, lesson: Lesson) -> dict[str, Any]:
    """Only for who may open the lesson, or has handed in something for it."""
    request = context["request"]
    known = {name: context.get(name) for name in ("request", "user", "csrf_token")}
    return known | Panel.of(request.user, lesson).context() | {"on_lesson": True}


@register.filter
def waited(since: datetime) -> str:
    """How long, in the one unit that matters."""
    return timesince(since, depth=1)
