"""A small shop: products, orders, stock and reports."""
