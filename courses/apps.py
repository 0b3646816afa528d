from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("课程")

    def ready(self) -> None:
        from accounts import sections
        from courses.access import may_fetch_audio
        from courses.goods import CourseGoods
        from courses.own import own_rights
        from media import gate
        from payments import goods

        gate.guard("lesson", may_fetch_audio)
        goods.register("course", CourseGoods())
        sections.register("rights", sections.Section(10, "courses/own.html", own_rights))
