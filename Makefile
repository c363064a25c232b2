# Needs Python 3.11 or newer and make; everything else is set up in .venv by the targets themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOME_DIR ?= powertheft-demo
VENDOR := src/powertheft/web/static/vendor
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

# See src/powertheft/bootstrap.py: threads that wait by spinning slow down those that work.
export OMP_WAIT_POLICY ?= passive

.DEFAULT_GOAL := help
.PHONY: help demo serve test test-browser front-end check format prove bench docs figures lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.product: requirements.lock pyproject.toml package.json package-lock.json hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "powertheft needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." >&2; exit 2; }
	@echo "Setting up in $(VENV) (about a minute, once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@cat $(VENDOR)/problem.txt >&2 2>/dev/null || true
	@$(BIN)/python -m powertheft.panel.first_use
	@touch $@

$(VENV)/.workshop: requirements-dev.lock $(VENV)/.product
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

demo: $(VENV)/.product ## Simulate a utility, train, print the list, open the pages (CONSUMERS=n, HOME_DIR=dir, NO_SERVE=1)
	@$(BIN)/powertheft demo --home $(HOME_DIR) $(if $(CONSUMERS),--consumers $(CONSUMERS)) $(if $(NO_SERVE),--no-serve)

test: $(VENV)/.workshop ## Run the tests that need no service and no shared data
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

test-browser: $(VENV)/.workshop ## Drive the pages in Debian's Chromium (apt-get install chromium), as a person would
	@POWERTHEFT_REQUIRE=$(POWERTHEFT_REQUIRE),browser $(BIN)/python -m pytest tests/browser

serve: $(VENV)/.product ## Open the pages on http://127.0.0.1:8000 (HOME_DIR=dir)
	@$(BIN)/powertheft serve --home $(HOME_DIR)

front-end: $(VENV)/.product ## Fetch the pages' own files again, where npm could not be reached before
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@test -f $(VENDOR)/complete || { cat $(VENDOR)/problem.txt >&2; exit 2; }

check: $(VENV)/.workshop ## Format, lint, types, import contracts, docs current
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q tests/docs

format: $(VENV)/.workshop ## Put the code into the house's format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

prove: $(VENV)/.workshop ## The long proofs on the real data of ../shared, in full
	@POWERTHEFT_REQUIRE=data POWERTHEFT_PROVE=1 $(BIN)/python -m pytest -m "prove or data" --timeout 7200 -s

bench: $(VENV)/.workshop ## Measure speed and memory, each against a peer in the same run
	@$(BIN)/python -m benchmarks

docs: $(VENV)/.workshop ## Print again what the pages tell from the code
	@$(BIN)/python docs/generate.py

figures: $(VENV)/.workshop ## Draw the pictures of README.md and docs/pages.md again (needs Chromium)
	@$(BIN)/python -m benchmarks.pictures

lock: $(VENV)/.workshop ## Compile both lock files again from pyproject.toml
	@$(PIP) install uv
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url pyproject.toml --group build -o requirements.lock
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock

clean: ## Remove what the targets made
	rm -rf $(VENV) $(HOME_DIR) .pytest_cache .ruff_cache .hypothesis
