from payments.models.invoice import Invoice
from payments.models.ledger import Entry, Transaction
from payments.models.order import Order
from payments.models.payment import Payment, Refund, WebhookEvent
from payments.models.reconciliation import Difference, Reconciliation
from payments.models.sandbox import SandboxCharge, SandboxNotice, SandboxRefund
from payments.models.stock import Stock
from payments.models.subscription import Subscription

__all__ = [
    "Difference",
    "Entry",
    "Invoice",
    "Order",
    "Payment",
    "Reconciliation",
    "Refund",
    "SandboxCharge",
    "SandboxNotice",
    "SandboxRefund",
    "Stock",
    "Subscription",
    "Transaction",
    "WebhookEvent",
]
