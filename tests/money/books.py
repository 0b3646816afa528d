"""What must hold of the books at every moment."""

from django.db.models import Sum

from membership.models import Grant
from membership.services.credit import purchase_of
from payments.models import Entry, Order, Payment, Refund, Stock


def are_whole():
    """Σ = 0 in all, and every account says what the rows beside it say."""
    assert (Entry.objects.aggregate(sum=Sum("amount"))["sum"] or 0) == 0
    accounts = {row["account"]: -row["balance"] for row in Entry.objects.by_account()}
    paid = Payment.objects.with_money().aggregate(sum=Sum("amount"))["sum"] or 0
    given = Refund.objects.done().total()
    held = -sum(amount for account, amount in accounts.items() if account.startswith("provider:"))
    assert held == paid - given
    assert not Stock.objects.filter(taken__lt=0).exists()
    for stock in Stock.objects.all():
        assert stock.taken == Order.objects.filter(goods=stock.goods, holds_stock=True).count() <= stock.capacity


def access_follows_the_money():
    """Whoever paid and was not given everything back has the right, by itself or within an upgrade; and nobody else."""
    paid = {order.source for order in Order.objects.paid()}
    given = Grant.objects.bought().filter(withdrawn_at=None)
    assert {purchase_of(grant.source) for grant in given} == paid
    for upgrade in given.exclude(replaced_by="").values_list("replaced_by", flat=True):
        assert Grant.objects.standing().given_by(upgrade).exists()
