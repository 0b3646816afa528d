"""What every page asks of its editor beyond its own fields."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminPageForm

from accounts.models import Role, User
from cms.dates import clashes, said

TEACHES = ~Q(role=Role.LEARNER)
DATES = ("go_live_at", "expire_at", "starts_at")
ZONED = (*DATES, "ends_at", "homework_due_at", "unlock_at")
LATEST = timedelta(hours=1)  # after its hour, somebody may still put up a lesson that begins now
PAST = gettext_lazy("%(at)s 已经过去了，没有人能来听。请填以后的时间。")


class SchoolPageForm(WagtailAdminPageForm):
    """Dates say which zone they are in, and those that cannot be are refused beside them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False  # left empty it is made from the title, as it is in the browser
        for name in ZONED:
            if name in self.fields:
                said = (self.fields[name].help_text, _("时间按 %s。") % timezone.get_current_timezone_name())
                self.fields[name].help_text = " ".join(str(part) for part in said if part)

    def _post_clean(self) -> None:
        # what lies with whoever approves it stays whole: they may approve it from elsewhere than its form
        self.instance.is_drafted = self.is_deferred_validation and not self.instance.workflow_in_progress
        super()._post_clean()

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean()
        if "starts_at" in facts and facts.get("kind") != "live":
            facts["starts_at"] = None  # proposed, and hidden: no other kind begins at an hour
        for name, sentence in clashes(**{name: facts.get(name) for name in DATES}).items():
            self.add_error(name, sentence)
        return facts


class CoursePageForm(SchoolPageForm):
    """Whoever does not only learn here may teach; who teaches it now still may."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "instructor" in self.fields:
            teachers = User.objects.filter(TEACHES | Q(pk=self.instance.instructor_id)).order_by("name", "pk")
            self.fields["instructor"].queryset = teachers
            found = list(teachers.filter(role=Role.INSTRUCTOR)[:2])
            if len(found) == 1:
                self.initial["instructor"] = self.initial.get("instructor") or found[0]


class LessonPageForm(SchoolPageForm):
    """A new lesson begins as the last one of its course was, and a live one in the evening."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk and self.parent_page and not self.is_bound:
            last = self.parent_page.get_children().specific().last()
            self.initial["kind"] = getattr(last, "kind", self.initial.get("kind"))
            self.initial["starts_at"] = self.initial.get("starts_at") or _next_evening()

    def clean(self) -> dict[str, Any]:
        facts = super().clean()
        starts_at = facts.get("starts_at")
        if starts_at and not self.is_deferred_validation and not self._may_be_over(facts, starts_at):
            self.add_error("starts_at", PAST % {"at": said(starts_at)})
        return facts

    def _may_be_over(self, facts: dict[str, Any], starts_at: datetime) -> bool:
        """What was announced stays as it was; a lesson held elsewhere brings its recording."""
        lesson = self.instance.lesson
        is_known = lesson is not None and lesson.starts_at == starts_at
        return is_known or bool(facts.get("audio")) or starts_at > timezone.now() - LATEST


def _next_evening() -> Any:
    """Eight o'clock, today while there is an hour left."""
    now = timezone.localtime()
    evening = now.replace(hour=20, minute=0, second=0, microsecond=0)
    return evening if evening - now > timedelta(hours=1) else evening + timedelta(days=1)
