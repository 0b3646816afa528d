from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("课程")

    def ready(self) -> None:
        from django.db.models.signals import post_save

        from accounts import sections
        from courses.access import may_fetch_media
        from courses.certificates import receivers  # noqa: F401
        from courses.downloads.files import FILES
        from courses.goods import CourseGoods
        from courses.hearing.own import own_hearing
        from courses.homework import tidying  # noqa: F401  its receiver
        from courses.homework.access import may_fetch
        from courses.homework.own import own_homework
        from courses.joining import note_joined, note_said
        from courses.own import own_rights
        from media import gate
        from media.models import Asset
        from media.signals import joined
        from membership.streams import may_play
        from payments import goods
        from web import leftovers, offline

        gate.guard("lesson", may_fetch_media, counted=may_play)
        joined.connect(note_joined)
        post_save.connect(note_said, sender=Asset)
        gate.guard("homework", may_fetch, is_personal=True)
        leftovers.see_to("qunkeHeard", "courses/heard.js")
        leftovers.see_to("qunkeKept", "courses/downloads/kept.js")
        offline.keep(page="downloads:mine", files=FILES)
        goods.register("course", CourseGoods())
        sections.register("rights", sections.Section(10, "courses/own.html", own_rights))
        sections.register("hearing", sections.Section(11, "courses/hearing/own.html", own_hearing))
        sections.register("homework", sections.Section(15, "courses/homework/own.html", own_homework))
