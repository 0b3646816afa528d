"""Which cohorts a lesson is relayed to, by name."""

from live.models import Relay


def cohorts_hearing(*, broadcast_id: int) -> set[int]:
    """Those that hear it live, not at an hour of their own."""
    return set(Relay.objects.filter(broadcast=broadcast_id, starts_at=None).values_list("cohort", flat=True))


def cohort_names(*, broadcast_id: int) -> dict[int, str]:
    return dict(
        Relay.objects.filter(broadcast=broadcast_id).order_by("cohort__name").values_list("cohort", "cohort__name")
    )
