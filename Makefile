# Two commands matter: `make try` sees it work, `make test` sets up all that the tests need and runs them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PACKAGES := text privacy endpoints fim edits nextedit server cli
TEST_STAMP := $(VENV)/.installed-test
DOCS_STAMP := $(VENV)/.installed-docs

.PHONY: try team test test-python test-vscode vsix release lint docs bench changelog clean

try: $(STAMP)
	@$(BIN)/dovetail try

# A team's server on this machine: Ray Serve with two replicas behind one address, in an environment of its own, until Ctrl-C.
# MODEL=file.gguf serves that (else a tiny model that writes noise); TEAM="--replicas 3 …" is passed on.
team:
	@python=$$(PYTHON="$(PYTHON)" scripts/get-team) && \
	  PYTHONPATH=deploy/ray exec $$python -m team --model "$(or $(MODEL),.cache/team/noise-fim.gguf)" $(TEAM)

# All tests: of the packages, of the server over stdio, in real Neovims and in a real VS Code workbench. The editors are installed
# into .cache; what cannot be had is left out, and the last lines say what and why (under CI that is a failure).
test: $(TEST_STAMP)
	@PYTEST="$(PYTEST)" scripts/test

test-python test-vscode: test-%: $(TEST_STAMP)
	@PYTEST="$(PYTEST)" scripts/test $*

# The Python tests N times beside BUSY loops that take the processors: what fails now and then is found.
repeat: $(TEST_STAMP)
	@PYTEST="$(PYTEST)" scripts/repeat $(N) $(BUSY)

vsix:
	scripts/make-vsix

# Wheel, sdist, extension, plugin and offline bundles into dist/, each checked. SYSTEMS=linux-x86_64,… makes fewer bundles.
release: $(TEST_STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group release
	$(BIN)/python scripts/make-release $(if $(SYSTEMS),--systems $(SYSTEMS))

lint: $(TEST_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	printf '%s\n' linux win32 darwin | xargs -P 2 -I SYSTEM \
	  $(BIN)/mypy --platform SYSTEM --cache-dir .mypy_cache/SYSTEM $(PACKAGES:%=-p dovetail.%)

# The generated pages, and all of them as a site in .cache/site: no network once it is set up, no link that leads nowhere.
docs: $(DOCS_STAMP)
	$(BIN)/python scripts/gen-docs
	$(BIN)/python scripts/gen-man
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "The site is in .cache/site; to read it: python3 -m http.server --directory .cache/site"

# What can be measured in ten minutes: bench/figures.json, and the first part of bench/README.md from it.
bench: $(TEST_STAMP)
	$(BIN)/python -m bench

# What the next release will say, from changelog.d.
changelog: $(TEST_STAMP)
	@$(BIN)/towncrier build --draft --version unreleased

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Dovetail needs Python 3.11 or newer; name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make an environment; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --upgrade pip

$(STAMP): $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

# At once with what runs need, for pip builds and looks things up anew each time.
$(TEST_STAMP): $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group test --group lint
	@touch $(STAMP) $@

$(DOCS_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group docs
	@touch $@

clean:
	rm -rf $(VENV) .cache dist clients/vscode/node_modules clients/vscode/dist
