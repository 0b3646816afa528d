"""Facts onto pages: new courses as drafts, changed ones as new revisions, all of it or nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page
from wagtail.permissions import policy_registry

from accounts.models import User
from cms.carrying.diffing import CourseDiff, PageDiff, compare
from cms.carrying.errors import BadPackage, CarryRefused, Locked, NoCatalogue, NotYours, Stale
from cms.carrying.facts import CourseFacts, PageFacts, Thing, fingerprint, things
from cms.carrying.fields import Row, table
from cms.carrying.keeping import Keeper, Say
from cms.carrying.reading import latest, lessons_of, read_course
from cms.models import CourseIndex, CoursePage, LessonPage
from media.models import Asset
from membership.models import Tier


def target_of(facts: CourseFacts) -> CoursePage | None:
    """The course here that this one would change."""
    found: CoursePage | None = CoursePage.objects.filter(translation_key=facts.course.id).first()
    return found


def check_may(by: User, target: CoursePage | None) -> None:
    """Raises `NotYours`, `Locked` or `NoCatalogue`."""
    if target is None:
        index = CourseIndex.objects.first()
        if index is None:
            raise NoCatalogue
        if not index.permissions_for_user(by).can_add_subpage():
            raise NotYours
        return
    may = target.permissions_for_user(by)
    if not (may.can_edit() and may.can_add_subpage()):
        raise NotYours
    pages: list[Any] = [target, *lessons_of(target)]
    if any(page.permissions_for_user(by).page_locked() for page in pages):
        raise Locked


def check_ids(facts: CourseFacts, target: CoursePage | None) -> None:
    """Raises `BadPackage` when a lesson's id is that of a page somewhere else."""
    ours = {str(page.translation_key) for page in lessons_of(target)} if target else set()
    elsewhere = {page.id: page for page in facts.lessons if page.id not in ours}
    taken = Page.objects.filter(translation_key__in=[*elsewhere, *([] if target else [facts.course.id])])
    if taken:
        titles = "、".join(str(page.title) for page in taken)
        raise BadPackage([_("这些页的 id 已经在别处用着：%(titles)s。") % {"titles": titles}])


def check_may_keep(by: User, wanted: list[Thing]) -> None:
    """Raises `NotYours` when these bytes are not theirs to bring in."""
    families = {thing.family for thing in wanted if thing.row is None}
    policies = {"media": Asset, "pictures": get_image_model(), "files": get_document_model()}
    for family in families:
        if not policy_registry.get_by_type(policies[family]).user_has_permission(by, "add"):
            raise NotYours([_("你没有上传素材的权限。")])


@dataclass
class Writer:
    """One carrying in. `seen` is the fingerprint of what the person compared with; None does not ask."""

    facts: CourseFacts
    by: User
    keeper: Keeper
    seen: str | None = None
    say: Say = lambda done, total: None
    note: Callable[[Asset], object] = lambda asset: None
    _pages: dict[str, Any] = field(default_factory=dict)

    def write(self) -> CoursePage:
        """Bytes first, outside of the transaction; pages then in one. Raises a `CarryRefused` and leaves nothing."""
        try:
            self._keep_bytes()
            with transaction.atomic():
                course = self._write_pages()
                self.keeper.settle()
        except BaseException:
            self.keeper.undo()
            raise
        return course

    def _keep_bytes(self) -> None:
        _target, here = self._here()
        diff = compare(here, self.facts)
        check_may_keep(self.by, self._new_things(diff, here))
        self.keeper.keep_all(self._new_things(diff, here), self.say, self.note)

    def _here(self) -> tuple[CoursePage | None, CourseFacts | None]:
        target = target_of(self.facts)
        check_may(self.by, target)
        check_ids(self.facts, target)
        here = read_course(target) if target else None
        if self.seen is not None and self.seen != fingerprint(here):
            raise Stale
        return target, here

    def _new_things(self, diff: CourseDiff, here: CourseFacts | None) -> list[Thing]:
        """Those of changed fields; what a lesson has already, it keeps, under new words perhaps."""
        wanted: list[Thing] = []
        old = {page.id: page.values for page in here.pages} if here else {}
        for page, facts in self._changed(diff):
            for change in page.changes:
                kept = list(things(old.get(page.id, {}).get(change.name)))
                for thing in things(facts.values[change.name]):
                    wanted += [] if self._is_kept(thing, kept) else [thing]
        return wanted

    def _is_kept(self, thing: Thing, kept: list[Thing]) -> bool:
        for one in kept:
            if one.row is not None and thing.row is None and one.family == thing.family and one.same_bytes(thing):
                self.keeper.knows(thing, one.row)
                kept.remove(one)
                return True
        return False

    def _changed(self, diff: CourseDiff) -> list[tuple[PageDiff, PageFacts]]:
        facts = {page.id: page for page in self.facts.pages}
        return [(page, facts[page.id]) for page in diff.pages if page.state in ("new", "changed")]

    def _write_pages(self) -> CoursePage:
        CoursePage.objects.select_for_update().filter(translation_key=self.facts.course.id).first()
        target, here = self._here()
        diff = compare(here, self.facts)
        course = target or self._new_course()
        self._pages[self.facts.course.id] = course
        self._write_lessons(course, diff)
        if any(page.state == "new" or page.is_moved for page in diff.lessons):
            self._order(course)
        if diff.course.state in ("new", "changed"):  # last, when its links find their lessons
            self._write(course, self.facts.course, diff.course)
        saved: CoursePage = CoursePage.objects.get(pk=course.pk)
        return saved

    def _new_course(self) -> CoursePage:
        index = CourseIndex.objects.first()
        course = CoursePage(translation_key=self.facts.course.id, live=False, owner=self.by, instructor=self.by)
        planted: CoursePage = self._planted(index, course, self.facts.course)
        return planted

    def _planted(self, parent: Any, page: Any, facts: PageFacts) -> Any:
        page.title = page.draft_title = facts.title
        wanted = str(facts.values.get("slug") or "")
        page.slug = free_slug(parent, wanted) if wanted else ""
        try:
            parent.add_child(instance=page)
        except ValidationError as error:
            raise CarryRefused([f"{facts.title}：{' '.join(error.messages)}"]) from error
        facts.values["slug"] = page.slug
        return page

    def _write_lessons(self, course: CoursePage, diff: CourseDiff) -> None:
        known = {str(page.translation_key): page for page in lessons_of(course)}
        changed = self._changed(diff)[0 if diff.course.state in ("same", "missing") else 1 :]
        for page, facts in changed:
            if page.state == "new":
                one = LessonPage(translation_key=page.id, live=False, owner=self.by)
                known[page.id] = self._planted(course, one, facts)
        self._pages |= known
        for page, facts in changed:
            self._write(known[page.id], facts, page)

    def _write(self, page: Any, facts: PageFacts, diff: PageDiff) -> None:
        """A new revision with what differs; a page that is new carries it on its own row too."""
        one = page if diff.state == "new" else latest(page)
        for row in table(one._meta.model):
            if row.name in facts.values and (
                diff.state == "new" or row.name in {change.name for change in diff.changes}
            ):
                self._put(one, row, facts.values[row.name])
        try:
            one.minimal_clean()
        except ValidationError as error:
            raise CarryRefused([f"{facts.title}：{' '.join(error.messages)}"]) from error
        if diff.state == "new":
            one.save(clean=False)
        one.save_revision(user=self.by, log_action=True, clean=False)

    def _put(self, one: Any, row: Any, value: Any) -> None:
        if not isinstance(row, Row):
            setattr(one, row.name, [self._child(row.model, values) for values in value])
            return
        for thing in things(value):
            self._reword(thing)
        row.codec.put(one, row.field, value, self)

    def _child(self, model: Any, values: dict[str, Any]) -> Any:
        child = model()
        for row in table(model):
            if row.name in values:
                self._put(child, row, values[row.name])
        return child

    def _reword(self, thing: Thing) -> None:
        """The title and the transcript of a recording are its lesson's; they have no drafts."""
        asset = Asset.objects.get(pk=self.keeper.row(thing)) if thing.family == "media" else None
        if asset and (asset.title, asset.transcript) != (thing.title, thing.transcript):
            asset.title, asset.transcript = thing.title, thing.transcript
            asset.save(update_fields=["title", "transcript"])  # which search listens for

    def _order(self, course: CoursePage) -> None:
        """The lessons of the file first, in its order; what only is here comes after them."""
        pages = {str(page.translation_key): page for page in lessons_of(course)}
        wanted = [page.id for page in self.facts.lessons]
        wanted += [id_ for id_ in pages if id_ not in wanted]
        if wanted == list(pages):
            return
        for id_ in wanted:
            Page.objects.get(pk=pages[id_].pk).move(Page.objects.get(pk=course.pk), "last-child")

    def row(self, thing: Thing) -> int | None:
        return self.keeper.row(thing) or None

    def page(self, ref: str) -> Any:
        return self._pages.get(ref) or Page.objects.filter(translation_key=ref).first()

    def lesson(self, ref: str) -> Any:
        found = self.page(ref)
        return found.specific if found and issubclass(found.specific_class, LessonPage) else None

    def person(self, email: str) -> User:
        return User.objects.get(email=email)

    def tier(self, slug: str) -> Tier | None:
        return Tier.objects.filter(slug=slug).first()


def free_slug(parent: Any, wanted: str) -> str:
    """`wanted`, or the first of wanted-2, wanted-3 … that no sibling has."""
    taken = set(parent.get_children().values_list("slug", flat=True))
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted[:240]}-{number}"
    return slug
