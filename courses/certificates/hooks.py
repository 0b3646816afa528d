"""Certificates, where staff look after them. None is written by hand or deleted: one that should not stand is revoked."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from courses.certificates.services import revoke_certificate
from courses.models import Certificate
from membership.policies import NotByHand

FACTS = (
    "code",
    "person",
    "name",
    "former_names",
    "course",
    "course_title",
    "teacher_name",
    "lessons",
    "ear_ms",
    "issued_at",
    "revoked_at",
    "revoked_by",
)


class CertificateForm(WagtailAdminModelForm):
    """One that was given is only read, or revoked."""

    instance: Certificate
    for_user: Any
    why = forms.CharField(
        label=_("为什么撤销"),
        max_length=200,
        required=False,
        help_text=_("填了原因，保存就是撤销，不能再恢复。查验的人会看到它撤销了，但看不到原因；本人看得到。"),
    )

    class Meta:
        model = Certificate
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["why"]
        field.initial, field.disabled = self.instance.revoked_reason, self.instance.is_revoked

    def save(self, commit: bool = True) -> Certificate:
        reason = self.cleaned_data["why"].strip()
        if reason:
            self.instance = revoke_certificate(certificate=self.instance, reason=reason, by=self.for_user)
        return self.instance


class CertificateViewSet(SnippetViewSet):
    model = Certificate
    icon = "doc-full-inverse"
    menu_label = _("证书")
    menu_order = 318
    add_to_admin_menu = True
    list_display = ("__str__", "number", "issued_at", "revoked_at")
    list_filter = ("course",)
    search_fields = ("code", "name", "course_title", "person__email", "person__name")
    search_backend_name = None
    edit_handler = ObjectList(
        [*(FieldPanel(name, read_only=True) for name in FACTS), FieldPanel("why")],
        base_form_class=CertificateForm,
    )
    copy_view_enabled = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Certificate]:
        return Certificate.objects.select_related("course", "person")


register_permission_policy(Certificate, NotByHand(Certificate), exact_class=True)
register_snippet(CertificateViewSet)
