from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts.models import User
from cms.carrying import services
from cms.carrying.diffing import CourseDiff, PageDiff
from cms.carrying.errors import CarryRefused

MARKS = {"new": "+", "changed": "~", "missing": "?", "same": "="}


class Command(BaseCommand):
    help = _("把一个 zip 里的课导入成草稿，或者更新已有的课")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=_("导出的 zip"))
        parser.add_argument("--as", dest="email", required=True, help=_("以谁的身份导入"))
        parser.add_argument("--dry-run", action="store_true", help=_("只看会改什么，什么都不写"))

    def handle(self, **options: Any) -> None:
        try:
            by = User.objects.by_email(options["email"])
        except User.DoesNotExist:
            raise CommandError(_("没有邮箱是 %s 的人。") % options["email"]) from None
        try:
            self._carry(options["file"], by, is_dry=options["dry_run"])
        except CarryRefused as refused:
            raise CommandError(str(refused)) from None

    def _carry(self, file: Path, by: User, *, is_dry: bool) -> None:
        with services.opened(file=file, by=by) as coming:
            found = services.preview(coming=coming, by=by)
            self._say(found.diff)
            if is_dry:
                self.stdout.write(_("这是预演，什么都没有写。"))
            else:
                page = services.carry_in(coming=coming, by=by, seen=found.seen, say=self._count)
                self.stdout.write(_("《%(title)s》导入好了，都是草稿。") % {"title": page.title})

    def _count(self, done: int, total: int) -> None:
        self.stdout.write(f"  {done}/{total}")

    def _say(self, diff: CourseDiff) -> None:
        for note in diff.notes:
            self.stdout.write(f"! {note}")
        for page in diff.pages:
            self._say_page(page)

    def _say_page(self, page: PageDiff) -> None:
        moved = f"  ({page.before} → {page.after})" if page.is_moved else ""
        self.stdout.write(f"{MARKS[page.state]} {page.title}{moved}")
        for change in page.changes if page.state == "changed" else ():
            self.stdout.write(
                f"    {change.label}: {change.old} → {change.new}" if not change.lines else f"    {change.label}:"
            )
            for mark, line in change.lines:
                self.stdout.write(f"      {mark} {line}")
