from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from cms.carrying.packing import streamed
from cms.carrying.services import export_course
from cms.models import CoursePage


class Command(BaseCommand):
    help = _("把一整门课存成一个 zip")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("course", nargs="?", default="", help=_("课程页的短名 (slug) 或编号"))
        parser.add_argument("file", nargs="?", type=Path, help=_("存到哪里；不写就是 短名.zip"))

    def handle(self, **options: Any) -> None:
        page = find_course(options["course"])
        file: Path = options["file"] or Path(f"{page.slug}.zip")
        with file.open("wb") as whole:
            whole.writelines(streamed(export_course(page=page)))
        self.stdout.write(_("《%(title)s》存到了 %(file)s。") % {"title": page.title, "file": file})


def find_course(word: str) -> CoursePage:
    """Raises `CommandError` naming what there is."""
    pages = CoursePage.objects.filter(pk=word) if word.isdecimal() else CoursePage.objects.filter(slug=word)
    found: CoursePage | None = pages.first()
    if found is None:
        known = "、".join(CoursePage.objects.order_by("slug").values_list("slug", flat=True))
        raise CommandError(_("没有叫 %(word)s 的课。有的是：%(known)s") % {"word": word, "known": known or "—"})
    return found
