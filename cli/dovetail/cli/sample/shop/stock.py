"""What is on the shelves."""

from __future__ import annotations

import logging

from shop.models import Order, Product

logger = logging.getLogger(__name__)


class OutOfStock(Exception):
    """An order asks for more than there is."""

    def __init__(self, product: Product, wanted: int, available: int) -> None:
        super().__init__(f"{product.title}: {wanted} wanted, {available} available")
        self.product = product
        self.wanted = wanted
        self.available = available


class Stock:
    """Counts by product."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def available(self, product: Product) -> int:
        return self._counts.get(product.sku, 0)

    def receive(self, product: Product, quantity: int) -> None:
        if quantity <= 0:
            raise ValueError(f"quantity must be positive, not {quantity}")
        self._counts[product.sku] = self.available(product) + quantity
        logger.info("received %d of %s", quantity, product.sku)

    def take(self, product: Product, quantity: int) -> None:
        if quantity <= 0:
            raise ValueError(f"quantity must be positive, not {quantity}")
        available = self.available(product)
        if quantity > available:
            raise OutOfStock(product, quantity, available)
        self._counts[product.sku] = available - quantity
        logger.info("took %d of %s", quantity, product.sku)

    def reserve(self, order: Order) -> None:
        for line in order.lines:
            available = self.available(line.product)
            if line.quantity > available:
                raise OutOfStock(line.product, line.quantity, available)
        for line in order.lines:
            self.take(line.product, line.quantity)
