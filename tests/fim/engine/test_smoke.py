def test_one_line(check):
    """The plain case."""
    assert check(before="x = foo($0)\n", generated="a, b", expect="x = foo(a, b$0)\n") == ["suggested"]
