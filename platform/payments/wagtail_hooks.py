"""Money where staff look after it: orders to read and give back, invoices to issue, days that do not add up."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse_lazy
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from payments.forms import IssueForm, RefundForm, SettleForm
from payments.models import Difference, Invoice, Order, Reconciliation, Stock
from payments.views.statement import entries, statement
from web.templatetags.web import money


class MoneyPanel(FieldPanel):
    """Minor units, read as money."""

    def format_value_for_display(self, value: int | None) -> str:
        return "" if value is None else money(value, settings.CURRENCY)


FACTS = ("number", "person", "title", "state", "provider", "created_at", "paid_at")


class OrderViewSet(SnippetViewSet):
    model = Order
    icon = "clipboard-list"
    menu_label = _("订单")
    list_display = ("title", "person", "amount_shown", "state_shown", "created_at")
    list_filter = ("state", "provider", "created_at")
    search_fields = ("person__email", "person__name", "title", "number")
    search_backend_name = None
    copy_view_enabled = False
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [MoneyPanel("amount", read_only=True), *(FieldPanel(name, read_only=True) for name in FACTS)],
                heading=_("订单"),
            ),
            MultiFieldPanel(
                [FieldPanel("give_back"), FieldPanel("take_back"), FieldPanel("reason")], heading=_("退款")
            ),
        ],
        base_form_class=RefundForm,
    )


class InvoiceViewSet(SnippetViewSet):
    model = Invoice
    icon = "doc-full"
    menu_label = _("发票")
    list_display = ("title", "kind", "tax_number", "order", "asked_at", "number")
    list_filter = ("kind", "issued_at")
    search_fields = ("title", "tax_number", "number", "email")
    search_backend_name = None
    copy_view_enabled = False
    edit_handler = ObjectList(
        [
            *(FieldPanel(name, read_only=True) for name in ("order", "kind", "title", "tax_number", "email")),
            FieldPanel("number"),
        ],
        base_form_class=IssueForm,
    )


class ReconciliationViewSet(SnippetViewSet):
    model = Reconciliation
    icon = "list-ul"
    menu_label = _("对账")
    list_display = ("day", "provider", "state_shown", "lines", "received_shown", "returned_shown", "checked_at")
    list_filter = ("provider", "state", "day")
    copy_view_enabled = False
    edit_handler = ObjectList(
        [
            *(FieldPanel(name, read_only=True) for name in ("provider", "day", "state", "lines", "checked_at")),
            *(MoneyPanel(name, read_only=True) for name in ("received", "returned", "fees")),
        ]
    )


class DifferenceViewSet(SnippetViewSet):
    model = Difference
    icon = "warning"
    menu_label = _("对账差异")
    list_display = ("reference", "kind", "what_shown", "ours_shown", "theirs_shown", "reconciliation", "note")
    list_filter = ("kind", "reconciliation__provider", "settled_at")
    search_fields = ("reference", "note")
    search_backend_name = None
    copy_view_enabled = False
    edit_handler = ObjectList(
        [
            *(FieldPanel(name, read_only=True) for name in ("reconciliation", "kind", "what", "reference")),
            MoneyPanel("ours", read_only=True),
            MoneyPanel("theirs", read_only=True),
            FieldPanel("note"),
        ],
        base_form_class=SettleForm,
    )


class StockViewSet(SnippetViewSet):
    model = Stock
    icon = "group"
    menu_label = _("名额")
    list_display = ("goods", "capacity", "taken")
    copy_view_enabled = False


class MoneyGroup(SnippetViewSetGroup):
    items = (OrderViewSet, StockViewSet, InvoiceViewSet, ReconciliationViewSet, DifferenceViewSet)
    menu_label = _("收款")
    menu_icon = "clipboard-list"
    menu_order = 310


class WrittenByTheSchool(ModelPermissionPolicy):
    """Rows the school itself writes: people may read them, and change what the form lets them."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action not in ("add", "delete") and super().user_has_permission(user, action)


for model in (Order, Invoice, Reconciliation, Difference):
    register_permission_policy(model, WrittenByTheSchool(model), exact_class=True)
register_snippet(MoneyGroup)


@hooks.register("register_admin_urls")  # type: ignore[untyped-decorator]
def statement_urls() -> list[URLPattern]:
    return [path("statement/", statement, name="statement"), path("statement/csv/", entries, name="statement_csv")]


@hooks.register("register_reports_menu_item")  # type: ignore[untyped-decorator]
def statement_menu() -> MenuItem:
    return StatementItem(_("账本"), reverse_lazy("statement"), icon_name="table", order=900)


class StatementItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.view_entry")
