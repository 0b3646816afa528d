"""The verbs of money."""

from payments.services.inbox import receive_webhook
from payments.services.invoices import ask_invoice, issue_invoice
from payments.services.notices import accept
from payments.services.orders import close_order, place_order
from payments.services.paying import refresh, start_payment
from payments.services.reconciling import reconcile, reconcile_lately, settle
from payments.services.refunds import refund, refund_by_buyer, refund_due, send_refund
from payments.services.subscriptions import cancel, portal, resume
from payments.services.tidying import sweep

__all__ = [
    "accept",
    "ask_invoice",
    "cancel",
    "close_order",
    "issue_invoice",
    "place_order",
    "portal",
    "receive_webhook",
    "reconcile",
    "reconcile_lately",
    "refresh",
    "refund",
    "refund_by_buyer",
    "refund_due",
    "resume",
    "send_refund",
    "settle",
    "start_payment",
    "sweep",
]
