"""Orders where staff look after them: to read, and to give money back."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from payments.forms import RefundForm
from payments.models import Order
from web.templatetags.web import money


class MoneyPanel(FieldPanel):
    """Minor units, read as money."""

    def format_value_for_display(self, value: int) -> str:
        return money(value, settings.CURRENCY)


FACTS = ("number", "person", "title", "state", "provider", "created_at", "paid_at")


class OnlyBuyersPlaceOrders(ModelPermissionPolicy):
    """Nobody adds or deletes an order by hand; to change one is to give money back."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action not in ("add", "delete") and super().user_has_permission(user, action)


class OrderViewSet(SnippetViewSet):
    model = Order
    icon = "clipboard-list"
    menu_label = _("订单")
    menu_order = 310
    add_to_admin_menu = True
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
            MultiFieldPanel([FieldPanel("give_back"), FieldPanel("reason")], heading=_("退款")),
        ],
        base_form_class=RefundForm,
    )


register_permission_policy(Order, OnlyBuyersPlaceOrders(Order), exact_class=True)
register_snippet(OrderViewSet)
