from payments.models import Order, Stock


def give_stock_back(order: Order) -> None:
    """What the order had taken, once."""
    if order.holds_stock:
        order.holds_stock = False
        order.save(update_fields=["holds_stock"])
        Stock.objects.give_back(order.goods)
