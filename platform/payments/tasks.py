"""What the worker does for money."""

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from payments.errors import ProviderUnreachable


def pause(attempt: int) -> timedelta:
    """2, 4, 8 … seconds, at most about an hour."""
    return timedelta(seconds=2 ** min(attempt, 12))


@task()
def send_refund(refund_id: int, attempt: int = 1) -> None:
    """Ask the provider to give back; while it does not answer, again after a growing pause, without an end."""
    from payments.models import Refund
    from payments.services import refunds

    try:
        refunds.send_refund(refund=Refund.objects.get(pk=refund_id))
    except ProviderUnreachable:
        later = timezone.now() + pause(attempt)
        send_refund.using(run_after=later).enqueue(refund_id, attempt + 1)


@task()
def sweep() -> dict[str, int]:
    """Ask about what nobody told us; see `payments.services.tidying`."""
    from payments import services

    return services.sweep()


@task()
def reconcile() -> list[str]:
    """Hold the providers' bills against our books; see `payments.services.reconciling`."""
    from payments import services

    return [str(held) for held in services.reconcile_lately()]


@task()
def stop_subscription(subscription_id: int, attempt: int = 1) -> None:
    """What was given back whole is not charged again; while the provider does not answer, again after a growing pause."""
    from payments import services
    from payments.models import Subscription

    try:
        services.cancel(subscription=Subscription.objects.get(pk=subscription_id))
    except ProviderUnreachable:
        later = timezone.now() + pause(attempt)
        stop_subscription.using(run_after=later).enqueue(subscription_id, attempt + 1)
