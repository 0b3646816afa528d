"""Which cohorts a lesson is relayed to, chosen by those who host it."""

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from cohorts.models import Cohort
from live.access import relayable
from live.engine import hub
from live.models import Broadcast, Relay


@transaction.atomic
def relay_to(*, broadcast: Broadcast, cohorts: QuerySet[Cohort], by: User) -> Broadcast:
    """Relay the lesson to exactly these of the cohorts `by` may relay to; pressing again changes nothing.

    Those left out stop hearing it. What others relayed it to, beyond the reach of `by`, stays as it is.
    """
    broadcast = locked(broadcast)
    within = relayable(by).order_by()
    chosen = within.filter(pk__in=cohorts.order_by().values("pk"))
    left_out = broadcast.relays.filter(cohort__in=within.values("pk")).exclude(cohort__in=chosen.values("pk"))
    gone, __ = left_out.delete()
    add_relays(broadcast, chosen)
    if gone:
        transaction.on_commit(lambda: hub.control(broadcast.pk, {"kind": "recheck"}))
    return broadcast


def add_relays(broadcast: Broadcast, cohorts: QuerySet[Cohort]) -> None:
    """Relay to these cohorts as well, in one stroke however many they are."""
    new = cohorts.exclude(pk__in=broadcast.relays.values("cohort")).values_list("pk", flat=True)
    Relay.objects.bulk_create([Relay(broadcast=broadcast, cohort_id=pk) for pk in new], ignore_conflicts=True)


def locked(broadcast: Broadcast) -> Broadcast:
    return Broadcast.objects.select_for_update().get(pk=broadcast.pk)
