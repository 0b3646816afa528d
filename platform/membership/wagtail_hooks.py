"""Tiers, plans and rights where staff look after them. None is ever deleted: archive, stop the sale, withdraw."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel, HelpPanel, InlinePanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from membership.codes_admin import CodeBatchViewSet, CodeViewSet
from membership.forms import GRANT_FACTS, BundleForm, GrantForm, InstalmentForm, PartOfferForm, TierForm
from membership.models import Bundle, Code, CodeBatch, Grant, Instalment, PartOffer, Plan, Tier
from membership.policies import KeptForever, NotByHand
from membership.views.many import give_to_many


def _panels(*names: str, form: type | None = None) -> ObjectList:
    return ObjectList([FieldPanel(name) for name in names], base_form_class=form)


class TierViewSet(SnippetViewSet):
    model = Tier
    icon = "rotate"
    menu_label = _("会员等级")
    list_display = ("name", "rank", "promise", "is_archived")
    edit_handler = _panels(*TierForm.Meta.fields, form=TierForm)
    copy_view_enabled = False


class PlanViewSet(SnippetViewSet):
    model = Plan
    icon = "tag"
    menu_label = _("套餐")
    list_display = ("__str__", "price_shown", "is_on_sale")
    list_filter = ("tier", "period", "is_on_sale")
    edit_handler = _panels("tier", "period", "starts_at", "ends_at", "price", "currency", "trial_days", "is_on_sale")
    copy_view_enabled = False


class BundleViewSet(SnippetViewSet):
    model = Bundle
    icon = "list-ul"
    menu_label = _("组合")
    list_display = ("title", "price_shown", "is_on_sale")
    edit_handler = ObjectList(
        [
            *(FieldPanel(name) for name in BundleForm.Meta.fields),
            InlinePanel("items", panels=[FieldPanel("goods")], label=_("商品"), min_num=2),
        ],
        base_form_class=BundleForm,
    )
    copy_view_enabled = False


class PartOfferViewSet(SnippetViewSet):
    model = PartOffer
    icon = "calendar-alt"
    menu_label = _("分期方案")
    list_display = ("goods", "parts", "price", "grace_days", "is_on_sale")
    edit_handler = _panels(*PartOfferForm.Meta.fields, form=PartOfferForm)
    copy_view_enabled = False


class InstalmentViewSet(SnippetViewSet):
    model = Instalment
    icon = "calendar-check"
    menu_label = _("分期")
    list_display = (
        "person",
        "title",
        Column("progress", label=_("已付")),
        Column("state_shown", label=_("状态")),
        "reaches_at",
        "created_at",
    )
    search_fields = ("person__email", "person__name", "title")
    search_backend_name = None
    edit_handler = ObjectList(
        [HelpPanel(template="membership/admin_instalment.html"), FieldPanel("is_ended")], base_form_class=InstalmentForm
    )
    copy_view_enabled = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Instalment]:
        return Instalment.objects.select_related("person").prefetch_related("payments")


class GrantViewSet(SnippetViewSet):
    model = Grant
    icon = "key"
    menu_label = _("权益")
    list_display = ("person", "opens", "starts_at", "ends_at", "withdrawn_at", "replaced_by", "source")
    list_filter = ("tier",)
    search_fields = ("person__email", "person__name", "source", "note")
    search_backend_name = None
    edit_handler = _panels("email", *GRANT_FACTS, "is_withdrawn", form=GrantForm)
    copy_view_enabled = False


class ForThoseWhoGive(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm("membership.add_grant")


def offices() -> list[URLPattern]:
    return [path("membership/many/", give_to_many, name="membership_many")]


def gifts() -> MenuItem:
    return ForThoseWhoGive(_("批量赠送"), reverse("membership_many"), icon_name="mail", order=305)


class MembershipGroup(SnippetViewSetGroup):
    items = (
        TierViewSet,
        PlanViewSet,
        BundleViewSet,
        PartOfferViewSet,
        GrantViewSet,
        InstalmentViewSet,
        CodeBatchViewSet,
        CodeViewSet,
    )
    menu_label = _("会员")
    menu_icon = "group"
    menu_order = 300


for model in (Tier, Plan, Bundle, PartOffer, Grant, CodeBatch):
    register_permission_policy(model, KeptForever(model), exact_class=True)
register_permission_policy(Code, NotByHand(Code), exact_class=True)
register_permission_policy(Instalment, NotByHand(Instalment), exact_class=True)
register_snippet(MembershipGroup)
hooks.register("register_admin_urls", offices)
hooks.register("register_admin_menu_item", gifts)
