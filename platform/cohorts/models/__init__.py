from cohorts.models.cohort import Cohort, Seat
from cohorts.models.segment import Segment
from cohorts.models.tag import Tag

__all__ = ["Cohort", "Seat", "Segment", "Tag"]
