"""What the school's staff may do in the office, by role. The owner may do everything without being told."""

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Task,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from accounts.models import Role, User


@dataclass(frozen=True)
class Desk:
    """What one group may do: in the office, on every page, and with every picture and document."""

    group: str
    permits: tuple[str, ...]
    pages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


SOLD = [
    f"membership.{may}_{model}"
    for model in ("tier", "plan", "bundle", "partoffer", "grant")
    for may in ("add", "change", "view")
]
SORTED = [f"cohorts.{may}_{model}" for model in ("cohort", "tag", "segment") for may in ("add", "change", "view")]
BOOKED = [f"payments.{may}_{model}" for model in ("invoice", "difference") for may in ("change", "view")]
BOOKED += [
    *(f"payments.{may}_stock" for may in ("add", "change", "view")),
    "payments.view_reconciliation",
    "payments.view_entry",
]
SOLD += [f"membership.{may}_instalment" for may in ("change", "view")]
CODES = [f"membership.{may}_codebatch" for may in ("add", "change", "view")]
CODES += [f"membership.{may}_code" for may in ("change", "view")]
EDITORS = "编辑"
APPROVAL = "编辑审核"
MAKES = ("wagtailadmin.access_admin", "media.add_asset", "media.change_asset", "media.view_asset")
WRITES = ("wagtailcore.add_page", "wagtailcore.change_page")
BRINGS = (
    *(f"wagtailimages.{may}_image" for may in ("add", "change", "choose")),
    *(f"wagtaildocs.{may}_document" for may in ("add", "change", "choose")),
)
EXCEPTS = tuple(f"courses.{may}_override" for may in ("add", "change", "view"))
CERTIFIES = ("courses.change_certificate", "courses.view_certificate")
SHARES = tuple(f"cms.{may}_sharedtext" for may in ("add", "change", "delete", "publish", "view"))
SORTS = tuple(f"cms.{may}_subject" for may in ("add", "change", "delete", "view"))
DESKS = {
    Role.AUTHOR: Desk(group="撰稿", permits=MAKES, pages=WRITES, files=BRINGS),
    Role.EDITOR: Desk(
        group=EDITORS,
        permits=(*MAKES, *EXCEPTS, *SHARES, *SORTS),
        pages=(*WRITES, "wagtailcore.publish_page", "wagtailcore.lock_page", "wagtailcore.unlock_page"),
        files=BRINGS,
    ),
    Role.OPERATOR: Desk(
        group="运营",
        permits=(
            "wagtailadmin.access_admin",
            "payments.view_order",
            "payments.change_order",
            *BOOKED,
            *SOLD,
            *CODES,
            *SORTED,
            *EXCEPTS,
            *CERTIFIES,
        ),
    ),
}


@transaction.atomic
def welcome(person: User) -> None:
    """Seat someone at the desk of their role, and at no other; asking again changes nothing."""
    desk = DESKS.get(Role(person.role))
    person.groups.remove(*Group.objects.filter(name__in=[each.group for each in DESKS.values()]))
    if desk:
        person.groups.add(_group(desk))
    if person.role in {Role.AUTHOR, Role.EDITOR}:
        approval()


def approval() -> Workflow:
    """What an author writes is read by an editor before it is published. Made once; what the owner makes of it later stays."""
    workflow, is_new = Workflow.objects.get_or_create(name=APPROVAL)
    if is_new:
        task = GroupApprovalTask.objects.create(name=APPROVAL)
        task.groups.add(_group(DESKS[Role.EDITOR]))
        WorkflowTask.objects.create(workflow=workflow, task=task)
        _clear_the_examples()
        root = Page.get_first_root_node()
        WorkflowPage.objects.update_or_create(page=root, defaults={"workflow": workflow})
    return workflow


def _clear_the_examples() -> None:
    """Wagtail brings two groups in English and a workflow for them; what nobody uses goes."""
    Workflow.objects.filter(name="Moderators approval", workflow_states=None).delete()
    Task.objects.filter(name="Moderators approval", workflow_tasks=None, task_states=None).delete()
    Group.objects.filter(name__in=["Moderators", "Editors"], user=None).delete()


def _group(desk: Desk) -> Group:
    group, __ = Group.objects.get_or_create(name=desk.group)
    group.permissions.add(*map(_permission, desk.permits))
    for permission in map(_permission, desk.pages):
        GroupPagePermission.objects.get_or_create(group=group, page=Page.get_first_root_node(), permission=permission)
    for permission in map(_permission, desk.files):
        everywhere = Collection.get_first_root_node()
        GroupCollectionPermission.objects.get_or_create(group=group, collection=everywhere, permission=permission)
    return group


def _permission(name: str) -> Permission:
    app, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)
