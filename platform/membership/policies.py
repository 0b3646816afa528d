"""What staff may not do to these rows, whatever their group may."""

from typing import Any

from wagtail.permission_policies import ModelPermissionPolicy


class KeptForever(ModelPermissionPolicy):
    """Orders and rights refer to these rows for good, so nobody may delete them."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action != "delete" and super().user_has_permission(user, action)


class NotByHand(KeptForever):
    """Codes come in batches and from gifts, instalments from sales: none is written by itself either."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action != "add" and super().user_has_permission(user, action)
