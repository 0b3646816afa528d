"""The verbs of membership."""

from membership.services.plans import give_plan
from membership.services.rights import extend, give, set_end
from membership.services.trials import start_trial
from membership.services.withdrawing import withdraw

__all__ = ["extend", "give", "give_plan", "set_end", "start_trial", "withdraw"]
