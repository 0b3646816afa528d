"""What staff ask about."""

from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses.explain import Why, why_course, why_lesson
from courses.models import Course, Lesson
from media.gate import Person


class WhyForm(forms.Form):
    """Who, and what: ``course:12`` or ``lesson:7``."""

    email = forms.EmailField(label=_("邮箱"), required=False, help_text=_("空着就是没有登录的人。"))
    what = forms.ChoiceField(label=_("哪一讲"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        courses = Course.objects.prefetch_related("lessons").order_by("title")
        self.fields["what"].choices = [(course.title, choices_in(course)) for course in courses]  # type: ignore[attr-defined]

    def clean_email(self) -> Person:
        """The person."""
        email = self.cleaned_data["email"]
        if not email:
            return AnonymousUser()
        person = User.objects.filter(email__iexact=email).first()
        if person is None:
            raise forms.ValidationError(_("没有人用这个邮箱登录过。"))
        return person

    def answer(self) -> Why:
        person: Person = self.cleaned_data["email"]
        kind, _, number = self.cleaned_data["what"].partition(":")
        if kind == "course":
            return why_course(person, Course.objects.select_related("tier").get(pk=number))
        return why_lesson(person, Lesson.objects.select_related("course__tier").get(pk=number))


def choices_in(course: Course) -> list[tuple[str, Any]]:
    """All of it, or one of its lessons."""
    lessons = [(f"lesson:{lesson.pk}", f"{lesson.position} · {lesson.title}") for lesson in course.lessons.all()]
    return [(f"course:{course.pk}", _("整门课")), *lessons]
