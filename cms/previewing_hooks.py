"""The way from the editor of a page to how its learners see it."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.widgets import Button

from cms.previewing.pages import SeenAsLearner
from cms.views.previewing import as_learner, the_page


def urls() -> list[URLPattern]:
    return [
        path("as-learner/<int:pk>/", as_learner, name="cms_as_learner"),
        path("as-learner/<int:pk>/page/", the_page, name="cms_as_learner_page"),
    ]


def button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    if isinstance(page.specific, SeenAsLearner) and page.permissions_for_user(user).can_edit():
        yield Button(_("像学员那样看"), reverse("cms_as_learner", args=[page.pk]), icon_name="view", priority=12)


hooks.register("register_admin_urls", urls)
hooks.register("register_page_header_buttons", button)
