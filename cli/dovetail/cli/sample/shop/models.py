"""What the shop deals in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Product:
    """Something that can be ordered."""

    sku: str
    title: str
    price: Decimal
    weight_kg: float = 0.0


@dataclass
class OrderLine:
    """One product in an order, and how many of it."""

    product: Product
    quantity: int

    @property
    def total(self) -> Decimal:
        return self.product.price * self.quantity

    @property
    def weight_kg(self) -> float:
        return self.product.weight_kg * self.quantity


@dataclass
class Customer:
    """Someone who orders."""

    name: str
    email: str
    discount_percent: int = 0


@dataclass
class Order:
    """What a customer ordered on one day."""

    number: int
    customer: Customer
    ordered_on: date
    lines: list[OrderLine] = field(default_factory=list)
    shipped_on: date | None = None

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), Decimal(0))

    @property
    def weight_kg(self) -> float:
        return sum(line.weight_kg for line in self.lines)

    @property
    def is_open(self) -> bool:
        return self.shipped_on is None
