"""The verbs of membership."""

from membership.services.batches import fill_batch, make_batch, stop_batch, stop_code
from membership.services.complimentary import give_many
from membership.services.instalments import end_instalment, give_part, withdraw_part
from membership.services.pauses import pause, resume
from membership.services.plans import give_plan
from membership.services.redeeming import look_up, redeem
from membership.services.rights import give, set_end
from membership.services.trials import start_trial
from membership.services.withdrawing import withdraw

__all__ = [
    "end_instalment",
    "fill_batch",
    "give",
    "give_many",
    "give_part",
    "give_plan",
    "look_up",
    "make_batch",
    "pause",
    "redeem",
    "resume",
    "set_end",
    "start_trial",
    "stop_batch",
    "stop_code",
    "withdraw",
    "withdraw_part",
]
