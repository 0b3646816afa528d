from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class StockQuerySet(models.QuerySet["Stock"]):
    def take(self, goods: str) -> bool:
        """One of these goods, if there is one left; True also where nobody counts them."""
        taken = self.filter(goods=goods, taken__lt=F("capacity")).update(taken=F("taken") + 1)
        return bool(taken) or not self.filter(goods=goods).exists()

    def give_back(self, goods: str) -> None:
        self.filter(goods=goods, taken__gt=0).update(taken=F("taken") - 1)

    def left(self, goods: str) -> int | None:
        """None where nobody counts them."""
        counted = self.filter(goods=goods).first()
        return counted.capacity - counted.taken if counted else None


class Stock(models.Model):
    """How many of some goods there are. An order takes one when it is placed; a closed or refunded one gives it back."""

    goods = models.CharField(_("商品"), max_length=60, unique=True, help_text=_("例如 course:12、plan:3"))
    capacity = models.PositiveIntegerField(_("名额"))
    taken = models.PositiveIntegerField(_("已占"), default=0, editable=False)

    wagtail_reference_index_ignore = True  # a sale is no page: nothing to index, no task
    objects = StockQuerySet.as_manager()

    class Meta:
        verbose_name = _("名额")
        verbose_name_plural = _("名额")
        constraints = [
            models.CheckConstraint(
                condition=Q(taken__lte=F("capacity")),
                name="no_more_taken_than_there_are",
                violation_error_message=_("名额不能少于已经占去的。"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.goods} {self.taken}/{self.capacity}"
