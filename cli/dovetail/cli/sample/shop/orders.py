"""The order book."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from shop.models import Customer, Order, OrderLine, Product
from shop.stock import Stock

logger = logging.getLogger(__name__)


class UnknownOrder(KeyError):
    """There is no order of this number."""


class OrderBook:
    """All orders, by number."""

    def __init__(self, stock: Stock) -> None:
        self.stock = stock
        self._orders: dict[int, Order] = {}
        self._next_number = 1

    def __iter__(self) -> Iterator[Order]:
        return iter(self._orders.values())

    def __len__(self) -> int:
        return len(self._orders)

    def place(self, customer: Customer, lines: Iterable[tuple[Product, int]], today: date) -> Order:
        order = Order(self._next_number, customer, today)
        for product, quantity in lines:
            order.lines.append(OrderLine(product, quantity))
        self.stock.reserve(order)
        self._orders[order.number] = order
        self._next_number += 1
        logger.info("order %d placed by %s", order.number, customer.name)
        return order

    def find(self, number: int) -> Order:
        order = self._orders.get(number)
        if order is None:
            raise UnknownOrder(number)
        return order

    def ship(self, number: int, today: date) -> Order:
        order = self._orders.get(number)
        if order is None:
            raise UnknownOrder(number)
        order.shipped_on = today
        logger.info("order %d shipped to %s", order.number, order.customer.name)
        return order

    def open_orders(self) -> list[Order]:
        return [order for order in self._orders.values() if order.is_open]

    def total_of(self, customer: Customer) -> Decimal:
        return sum((order.total for order in self._orders.values() if order.customer is customer), Decimal(0))
