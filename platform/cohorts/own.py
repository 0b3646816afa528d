"""A person's cohorts on their own page."""

from typing import Any

from accounts.models import User
from cohorts.models import Cohort


def own_cohorts(person: User) -> dict[str, Any]:
    return {"cohorts": Cohort.objects.of(person)}
