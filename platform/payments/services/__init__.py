"""The verbs of money."""

from payments.services.notices import accept, receive_webhook
from payments.services.orders import close_order, place_order
from payments.services.paying import refresh, start_payment
from payments.services.refunds import refund, refund_by_buyer, refund_due, send_refund
from payments.services.tidying import sweep

__all__ = [
    "accept",
    "close_order",
    "place_order",
    "receive_webhook",
    "refresh",
    "refund",
    "refund_by_buyer",
    "refund_due",
    "send_refund",
    "start_payment",
    "sweep",
]
