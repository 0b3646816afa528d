from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from cms.demo.people import PEOPLE
from cms.demo.school import build


class Command(BaseCommand):
    help = _("建一所演示学校；已经有的不动")

    def handle(self, **options: Any) -> None:
        build(self.stdout.write)
        for one in PEOPLE:
            self.stdout.write(f"  {one.email:24} {one.name} · {one.what}")
