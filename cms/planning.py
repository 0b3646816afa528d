"""The office's view of what is to appear and disappear: first on its home page, with an alarm for what was missed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from wagtail import hooks
from wagtail.admin.ui.components import Component
from wagtail.models import Page
from wagtail.permission_policies.pages import PagePermissionPolicy

from cms import schedule
from cms.models import LessonPage

MOST = 10


class PlannedPanel(Component):
    """What comes next, and above it what should have come and did not."""

    name = "planned"
    template_name = "cms/office/planned.html"
    order = 120

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        now = timezone.now()
        planned = schedule.planned()
        theirs = PagePermissionPolicy().instances_user_has_permission_for(parent_context["request"].user, "change")
        known = set(theirs.filter(pk__in=[one.page.pk for one in planned]).values_list("pk", flat=True))
        mine = [one for one in planned if one.page.pk in known]
        late = [one for one in mine if one.at < now - schedule.LATE]
        return {"late": late, "coming": [one for one in mine if one not in late][:MOST], "now": now}


def add_panel(request: HttpRequest, panels: list[Component]) -> None:
    panels.append(PlannedPanel())


def warn(request: HttpRequest, page: Page) -> None:
    """Said once the page is saved: it is no mistake, but no one would guess it."""
    if isinstance(page, LessonPage) and (page.live or page.scheduled_revision):
        sentence = schedule.waits_for_its_course(page)
        if sentence:
            messages.warning(request, sentence)


hooks.register("construct_homepage_panels", add_panel)
hooks.register("after_create_page", warn)
hooks.register("after_edit_page", warn)
