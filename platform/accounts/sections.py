"""What other apps show on someone's own page. Each registers its part in `ready()`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.models import User


@dataclass(frozen=True)
class Section:
    """`context` answers what `template` needs, for one person; the lowest `place` comes first."""

    place: int
    template: str
    context: Callable[[User], dict[str, Any]]


_sections: dict[str, Section] = {}


def register(name: str, section: Section) -> None:
    _sections[name] = section


def sections_of(person: User, request: HttpRequest) -> list[SafeString]:
    ordered = sorted(_sections.values(), key=lambda section: section.place)
    return [render_to_string(each.template, each.context(person), request) for each in ordered]
