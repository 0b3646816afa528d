"""Which cohorts a lesson is relayed to, by name."""

from live.models import Relay


def cohort_names(*, broadcast_id: int) -> dict[int, str]:
    return dict(
        Relay.objects.filter(broadcast=broadcast_id).order_by("cohort__name").values_list("cohort", "cohort__name")
    )
