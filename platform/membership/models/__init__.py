from membership.models.bundle import Bundle, BundleItem
from membership.models.code import Code, CodeBatch
from membership.models.device import Device
from membership.models.grant import Grant
from membership.models.instalment import Instalment, InstalmentPart, PartOffer
from membership.models.pause import Pause
from membership.models.plan import Plan
from membership.models.tier import Tier

__all__ = [
    "Bundle",
    "BundleItem",
    "Code",
    "CodeBatch",
    "Device",
    "Grant",
    "Instalment",
    "InstalmentPart",
    "PartOffer",
    "Pause",
    "Plan",
    "Tier",
]
