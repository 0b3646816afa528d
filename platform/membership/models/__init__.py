from membership.models.grant import Grant
from membership.models.tier import Plan, Tier

__all__ = ["Grant", "Plan", "Tier"]
