"""On the office's first page: how much homework waits to be looked at, and the way to the desk."""

from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.admin.ui.components import Component

from courses.homework.desk import waiting_for


class WaitingPanel(Component):
    """Nothing while nothing waits."""

    name = "homework"
    template_name = "courses/homework/office.html"
    order = 110

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        return {"waiting": waiting_for(parent_context["request"].user)}


def add_panel(request: HttpRequest, panels: list[Component]) -> None:
    panels.append(WaitingPanel())


hooks.register("construct_homepage_panels", add_panel)
