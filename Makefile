# Every target sets up what it needs: a virtual environment in .venv with this project in it.
# The second time that is instant; it is done again when pyproject.toml changes.
# PYTHON=/path/to/python chooses the interpreter of a new environment.

VENV := .venv
BIN := $(VENV)/bin
DEV := $(VENV)/.installed-dev
EXAMPLES := $(VENV)/.installed-examples

# A name on the PATH is no proof: it may be a shim for an interpreter that is not there. Run it.
IS_NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
FIND_PYTHON = for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3); do \
	if $$python $(IS_NEW_ENOUGH) >/dev/null 2>&1; then break; fi; python=; done; \
	if [ -z "$$python" ]; then \
	echo "make: dfm needs Python 3.11 or newer, and none was found here." >&2; \
	echo "  try  installing one, or: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; fi

# An environment whose interpreter has gone, or is too old, is made again.
MAKE_VENV = if ! $(BIN)/python $(IS_NEW_ENOUGH) >/dev/null 2>&1; then \
	$(FIND_PYTHON); echo "making $(VENV) with $$python" >&2; $$python -m venv --clear $(VENV); fi
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test check bench release-check fix clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(EXAMPLES) ## run examples/warming on this machine; results in demo-out/
	@$(BIN)/python examples/warming/run.py

test: $(DEV) ## run the tests, on all processors
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal

check: $(DEV) ## lint, formatting, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict src
	$(BIN)/python -m pytest --quiet tests/test_architecture.py

bench: $(DEV) ## run the benchmarks
	@for script in measure million prepare placement learning; do \
	echo "== $$script"; $(BIN)/python benchmarks/$$script.py || exit 1; done

release-check: $(DEV) ## compare thousands of random programs on every target (minutes)
	@$(BIN)/python benchmarks/release_check.py

fix: $(DEV) ## repair what lint and formatting can repair
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove the environment, caches and results
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis demo-out build dist

$(DEV): pyproject.toml
	@$(MAKE_VENV)
	@echo "installing dfm with everything for its development" >&2
	@$(INSTALL) --editable '.[dev]'
	@touch $(EXAMPLES) $@

$(EXAMPLES): pyproject.toml
	@$(MAKE_VENV)
	@echo "installing dfm with what its examples need" >&2
	@$(INSTALL) --editable '.[examples]'
	@touch $@
