# The loop of a day's work is `make quick`; what CI runs is `make test`. `make help` lists the rest.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin

# The newest Python that we support and that really starts: version managers put names on PATH that do not run.
# `make setup PYTHON=/path/to/python` overrides the choice.
PYTHON ?= $(shell for python in python3.14 python3.13 python3.12 python3.11 python3; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$python"; break; }; done)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Processes that run tests side by side, and further arguments for pytest: make quick ARGS="-k journal".
JOBS ?= 2
ARGS ?=

# --- set-up ----------------------------------------------------------------------------------------------------------

.PHONY: setup
setup: $(VENV)/.dev ## Make .venv with everything that development needs
	@echo "Ready: $(BIN)/stratum. Next: make quick"

.PHONY: demo
demo: $(VENV)/.runtime ## Run the research job, kill its worker, and watch another one finish it
	@$(BIN)/stratum demo research

# The stamps say which set of packages the environment holds; pyproject.toml is what changes it. The development set
# holds the runtime set as well, so whoever has made `setup` does not wait again in `demo`.
$(VENV)/.runtime: pyproject.toml | $(BIN)/python
	@echo "Installing Stratum into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[research]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "Installing Stratum and its development tools into $(VENV); the first time takes a minute or two ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(VENV)/.runtime $@

# Debian ships `venv` apart from Python, and its absence shows only when the environment is half made. virtualenv and uv
# make the same thing where either is installed; else the message names the package to install.
$(BIN)/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Stratum needs Python 3.11 or newer; found: $(or $(PYTHON),none on PATH). Say which to use: make setup PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) >/dev/null 2>&1 \
		|| "$(PYTHON)" -m virtualenv --quiet $(VENV) 2>/dev/null \
		|| uv venv --quiet --seed --python "$(PYTHON)" $(VENV) 2>/dev/null \
		|| { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: sudo apt install python3-venv; then run make again." >&2; exit 1; }

# --- the loop --------------------------------------------------------------------------------------------------------

.PHONY: quick
quick: $(VENV)/.dev ## Run the tests that take no longer than two minutes together
	@$(BIN)/pytest -q -n $(JOBS) -m "not crash and not slow" $(ARGS)

.PHONY: check
check: $(VENV)/.dev ## Check style, types, floors and tidiness; run what the docs and examples say
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/pyright
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pytest -q tests/test_tidy.py $(wildcard tests/docs)

.PHONY: format
format: $(VENV)/.dev ## Format the code, and mend what the linter can mend by itself
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

# One after another: these tests kill processes and count what is left, which a busy neighbour would disturb.
.PHONY: crash
crash: $(VENV)/.dev ## Run the tests that stop processes in the middle of their work, and the slow ones
	@$(BIN)/pytest -q -m "crash or slow" $(ARGS)

.PHONY: test
test: check quick crash ## Run everything that CI runs

# --- longer work -----------------------------------------------------------------------------------------------------

.PHONY: bench
bench: $(VENV)/.dev ## Measure this machine, on SQLite and on PostgreSQL, beside raw commits
	@$(BIN)/python -m benches $(ARGS)

# The seed of each round is printed; ROUNDS=1 SEED=... repeats one.
ROUNDS ?= 10
SEED ?= $(shell date +%s)

.PHONY: chaos
chaos: $(VENV)/.dev ## Kill worker processes at random, round after round: make chaos ROUNDS=50
	@for round in $$(seq $(ROUNDS)); do seed=$$(( $(SEED) + round - 1 )); echo "round $$round, seed $$seed"; \
		STRATUM_TEST_SEED=$$seed $(BIN)/pytest -q tests/crash/test_processes.py $(ARGS) || exit 1; done

.PHONY: docs
docs: $(VENV)/.dev ## Execute what the README, the guide and the examples say
	@$(BIN)/pytest -q tests/docs $(ARGS)

.PHONY: clean
clean: ## Remove the environment and whatever else the tools made
	@rm -rf $(VENV) build dist htmlcov .coverage* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
