# Two commands matter: `make try` sees it work, `make test` sets up all that the tests need and runs them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-test

.PHONY: try test test-python test-vscode vsix lint docs clean

try: $(STAMP)
	@$(BIN)/dovetail try

test: test-python test-vscode

# Tests of the packages, of the server over stdio, of real endpoints and of real Neovims.
test-python: $(TEST_STAMP)
	scripts/get-neovim sid
	scripts/get-neovim trixie
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST)

# The extension in a real VS Code workbench. It says why it skips where it cannot be had; in CI it then fails.
test-vscode: $(STAMP)
	scripts/test-vscode

vsix:
	scripts/make-vsix

lint: $(TEST_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p dovetail.text -p dovetail.privacy -p dovetail.endpoints -p dovetail.fim -p dovetail.edits -p dovetail.server -p dovetail.cli

docs: $(STAMP)
	$(BIN)/python scripts/gen-docs

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(STAMP): $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(TEST_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group test --group lint
	@touch $@

clean:
	rm -rf $(VENV) .cache dist clients/vscode/node_modules clients/vscode/dist
