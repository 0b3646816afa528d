"""What a provider charges again by itself."""

from accounts.models import User
from membership.models import Plan, Tier
from payments.models import Subscription

GOES_ON = (Subscription.State.ACTIVE, Subscription.State.PAST_DUE)


def renewing(person: User) -> set[int]:
    """The keys of the tiers that renew by themselves."""
    goods = Subscription.objects.filter(person=person, state__in=GOES_ON).values_list("goods", flat=True)
    plans = [name.removeprefix("plan:") for name in goods if name.startswith("plan:")]
    return set(Plan.objects.filter(pk__in=plans).values_list("tier", flat=True))


def renews_by_itself(person: User, tier: Tier) -> bool:
    return tier.pk in renewing(person)


def renews_below(person: User, tier: Tier) -> bool:
    return Tier.objects.filter(pk__in=renewing(person), rank__lt=tier.rank).exists()
