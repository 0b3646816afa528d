"""What is refused of a note, each with a sentence for people."""

from django.utils.translation import gettext_lazy as _

from courses.errors import CourseRefused


class TooManyNotes(CourseRefused):
    sentence = _("这一节的笔记记满了。删掉几则，再记新的。")
