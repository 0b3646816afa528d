from membership.models.grant import Grant
from membership.models.plan import Plan
from membership.models.tier import Tier

__all__ = ["Grant", "Plan", "Tier"]
