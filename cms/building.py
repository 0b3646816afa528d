"""Files become lessons of a course: one each, once, in the order given."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import Page

from accounts.models import User
from cms.models import CoursePage, LessonPage
from courses.content import is_taken
from courses.models import Lesson
from media.models import Upload

LONGEST = Lesson._meta.get_field("title").max_length


@dataclass(frozen=True)
class Making:
    """How a kind of asset becomes a lesson: of which form, and in which field of its page."""

    form: str
    field: str


MAKES = {  # by the asset's MIME type, else by its kind; slides need a voice besides, and are papers until they have one
    "audio": Making(Lesson.Kind.AUDIO, "audio"),
    "video": Making(Lesson.Kind.VIDEO, "video"),
    "file": Making(Lesson.Kind.FILE, "handout"),
}


@dataclass(frozen=True)
class Wanted:
    upload: Upload
    title: str


class CannotBuild(Exception):
    """These files do not become lessons; the sentence says which and why. None of them did."""


def may_build(by: User, course: Page) -> bool:
    return bool(course.permissions_for_user(by).can_add_subpage())


def may_publish(by: User, course: Page) -> bool:
    return bool(course.permissions_for_user(by).can_publish_subpage())


@transaction.atomic
def build_lessons(*, course: CoursePage, wanted: Sequence[Wanted], by: User, publish: bool = False) -> list[LessonPage]:
    """A page for each, after those that are there; drafts unless `publish`. What was built before is answered as it is.

    Raises `CannotBuild`, and `PermissionDenied` to who may not add pages there, or not publish them.
    """
    if not may_build(by, course) or (publish and not may_publish(by, course)):
        raise PermissionDenied
    Page.objects.select_for_update().get(pk=course.pk)  # one at a time: the next finds what this one built
    return [_built(course, each, by, publish) for each in wanted]


def _built(course: CoursePage, wanted: Wanted, by: User, publish: bool) -> LessonPage:
    upload = Upload.objects.select_for_update(of=("self",)).select_related("asset").get(pk=wanted.upload.pk)
    if known := _known(upload):
        return known
    page = _page(upload, _title(wanted))
    page.owner = by
    parent = CoursePage.objects.get(pk=course.pk)  # the tree has grown since
    parent.add_child(instance=page)
    log(instance=page, action="wagtail.create", user=by)
    revision = page.save_revision(user=by, log_action=False)
    if publish:
        revision.publish(user=by)
    upload.became = f"page:{page.pk}"
    upload.save(update_fields=["became"])
    return page


def _known(upload: Upload) -> LessonPage | None:
    """A page that was deleted since may be built again."""
    number = upload.became.removeprefix("page:")
    return LessonPage.objects.filter(pk=number).first() if number.isdigit() else None


def _page(upload: Upload, title: str) -> LessonPage:
    asset = upload.asset
    if not asset:
        raise CannotBuild(_("「{name}」还没有传好。").format(name=upload.filename))
    making = MAKES.get(asset.mime) or MAKES.get(asset.kind)
    if not making:
        raise CannotBuild(
            _("「{name}」是{kind}，不能单独成为一节。").format(name=upload.filename, kind=asset.get_kind_display())
        )
    if is_taken(asset, None) or LessonPage.objects.filter(**{making.field: asset}).exists():
        raise CannotBuild(_("「{name}」已经用在别的小节里。").format(name=upload.filename))
    return LessonPage(title=title, live=False, kind=making.form, **{making.field: asset})


def _title(wanted: Wanted) -> str:
    title = wanted.title.strip()
    if not title:
        raise CannotBuild(_("「{name}」还没有题目。").format(name=wanted.upload.filename))
    if len(title) > (LONGEST or 120):
        raise CannotBuild(_("「{name}」的题目太长，最多 {n} 个字。").format(name=wanted.upload.filename, n=LONGEST))
    return title
