"""Reports for people."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from shop.models import Order
from shop.orders import OrderBook


def money(amount: Decimal) -> str:
    return f"{amount:,.2f} €"


def order_report(order: Order) -> str:
    rows = [f"Order {order.number} of {order.ordered_on:%d.%m.%Y}, {order.customer.name}"]
    for line in order.lines:
        rows.append(f"{line.quantity:>4} × {line.product.title:<30} {money(line.total):>12}")
    rows.append(f"{'Total':<37} {money(order.total):>12}")
    return "\n".join(rows)


def daily_report(book: OrderBook, today: date) -> str:
    orders = [order for order in book if order.ordered_on == today]
    rows = [f"{len(orders)} orders on {today:%d.%m.%Y}"]
    for order in orders:
        rows.append(f"{order.number:>6} {order.customer.name:<30} {money(order.total):>12}")
    return "\n".join(rows)
