"""Try a tier for some days without paying."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from membership.errors import NoTrial, TrialUsed
from membership.models import Grant, Plan, Tier
from membership.services.rights import give, lock


@transaction.atomic
def start_trial(*, person: User, plan: Plan) -> Grant:
    """Once per person and tier, ever; it ends by itself. Raises `NoTrial`, `TrialUsed`."""
    lock(person)
    if not plan.trial_days or not Plan.objects.on_sale().filter(pk=plan.pk).exists():
        raise NoTrial
    if not may_try(person, plan.tier):
        raise TrialUsed
    ends_at = timezone.now() + timedelta(days=plan.trial_days)
    return give(person=person, tier=plan.tier, ends_at=ends_at, source=f"trial:{plan.tier_id}:{person.pk}")


def may_try(person: User, tier: Tier) -> bool:
    """Not whoever has or had the tier, whatever became of it, nor whoever sits higher now."""
    grants = Grant.objects.of(person)
    sits_higher = Q(pk__in=grants.in_force().filter(tier__rank__gt=tier.rank))
    return not grants.filter(Q(tier=tier) | sits_higher).exists()
