from payments.models.ledger import Entry, Transaction
from payments.models.order import Order
from payments.models.payment import Payment, Refund, WebhookEvent
from payments.models.sandbox import SandboxCharge, SandboxNotice, SandboxRefund

__all__ = [
    "Entry",
    "Order",
    "Payment",
    "Refund",
    "SandboxCharge",
    "SandboxNotice",
    "SandboxRefund",
    "Transaction",
    "WebhookEvent",
]
