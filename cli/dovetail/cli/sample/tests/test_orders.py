from datetime import date
from decimal import Decimal

import pytest
from shop.models import Customer, Product
from shop.orders import OrderBook, UnknownOrder
from shop.stock import OutOfStock, Stock

TODAY = date(2026, 3, 14)
PEN = Product("P-1", "Pen", Decimal("1.20"), weight_kg=0.02)
BOOK = Product("B-7", "Notebook", Decimal("4.50"), weight_kg=0.3)


@pytest.fixture
def book() -> OrderBook:
    stock = Stock()
    stock.receive(PEN, 100)
    stock.receive(BOOK, 20)
    return OrderBook(stock)


def test_an_order_takes_its_lines_from_the_stock(book: OrderBook) -> None:
    customer = Customer("Ada", "ada@example.com")
    order = book.place(customer, [(PEN, 10), (BOOK, 2)], TODAY)
    assert order.total == Decimal("21.00")
    assert book.stock.available(PEN) == 90
    assert book.stock.available(BOOK) == 18


def test_more_than_there_is_cannot_be_ordered(book: OrderBook) -> None:
    customer = Customer("Ada", "ada@example.com")
    with pytest.raises(OutOfStock):
        book.place(customer, [(BOOK, 21)], TODAY)
    assert book.stock.available(BOOK) == 20


def test_an_unknown_order_cannot_be_shipped(book: OrderBook) -> None:
    with pytest.raises(UnknownOrder):
        book.ship(7, TODAY)
