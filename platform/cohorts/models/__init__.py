from cohorts.models.cohort import Cohort, Seat

__all__ = ["Cohort", "Seat"]
