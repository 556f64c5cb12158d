// A small project with enough repetition in it for a model that learns from the workspace.
const one = (name, field) => `    def ${name}(self, item: Item) -> int:
        """The ${field} of one item, or 0 if the shelf does not hold it."""
        if item.key not in self.items:
            return 0
        return self.items[item.key].${field}
`;

export const PROJECT = {
  'inventory.py': `"""What is on the shelves."""

from dataclasses import dataclass, field


@dataclass
class Item:
    key: str
    amount: int = 0
    reserved: int = 0
    damaged: int = 0


@dataclass
class Shelf:
    name: str
    items: dict[str, Item] = field(default_factory=dict)

    def add(self, item: Item) -> None:
        """Put an item on the shelf; what is there already grows."""
        if item.key in self.items:
            self.items[item.key].amount += item.amount
        else:
            self.items[item.key] = item

    def remove(self, item: Item) -> None:
        """Take an item off the shelf."""
        if item.key not in self.items:
            raise KeyError(item.key)
        self.items[item.key].amount -= item.amount

${one('amount_of', 'amount')}
${one('reserved_of', 'reserved')}
${one('damaged_of', 'damaged')}
    def total(self) -> int:
        return sum(item.amount for item in self.items.values())
`,
  'report.py': `"""Lines of a report about shelves."""

from inventory import Item, Shelf


def line(shelf: Shelf, item: Item) -> str:
    return f"{shelf.name}: {item.key} {shelf.amount_of(item)}"


def report(shelves: list[Shelf]) -> list[str]:
    lines = []
    for shelf in shelves:
        for item in shelf.items.values():
            lines.append(line(shelf, item))
    return lines


def totals(shelves: list[Shelf]) -> dict[str, int]:
    return {shelf.name: shelf.total() for shelf in shelves}
`,
  'test_inventory.py': `from inventory import Item, Shelf


def test_add():
    shelf = Shelf("a")
    shelf.add(Item("bolt", 3))
    assert shelf.amount_of(Item("bolt")) == 3


def test_add_twice():
    shelf = Shelf("a")
    shelf.add(Item("bolt", 3))
    shelf.add(Item("bolt", 4))
    assert shelf.amount_of(Item("bolt")) == 7


def test_remove():
    shelf = Shelf("a")
    shelf.add(Item("bolt", 3))
    shelf.remove(Item("bolt", 1))
    assert shelf.amount_of(Item("bolt")) == 2
`,
};
