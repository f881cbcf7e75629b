# Everything a person or CI does with this checkout. `make help` lists it.
# Needs Python 3.11 to 3.13 with venv, and make; on Debian: apt-get install python3-venv make

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --disable-pip-version-check -qq

# The gates read settings too; they get a folder of their own and never the data in ./var or a key of yours.
GATE_ENV := TRADEDOOR_ENV_FILE= TRADEDOOR_DATA_DIR=build/check
# What a real installation sets, so that `check --deploy` judges that and not a try-out.
PRODUCTION_ENV := $(GATE_ENV) TRADEDOOR_BASE_URL=https://shop.example TRADEDOOR_TRUSTED_PROXIES=1 \
	TRADEDOOR_MAIL_URL=smtp://127.0.0.1:25 TRADEDOOR_MAIL_FROM=shop@example.org

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format types check check-all docs bench lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/main.stamp ## Start Tradedoor; `make run DEMO=0` starts without the demo company
	@$(if $(DEMO),TRADEDOOR_DEMO=$(DEMO)) exec $(BIN)/tradedoor run

setup: $(VENV)/dev.stamp ## Install what development needs

test: $(VENV)/dev.stamp ## Run all tests, on SQLite and on PostgreSQL; `make test ARGS=tests/crm` runs some
	@$(BIN)/python -m tools.testing.run $(ARGS)

lint: $(VENV)/dev.stamp ## Ruff, format, templates, imports, vendored files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m tools.lint_templates
	$(BIN)/python -m tools.vendor --check

format: $(VENV)/dev.stamp ## Let ruff rewrite what it can
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

types: $(VENV)/dev.stamp ## mypy, strict
	@mkdir -p build/check
	$(GATE_ENV) $(BIN)/mypy src tests tools $(wildcard bench)

check: lint types ## Exactly what CI does
	$(GATE_ENV) $(BIN)/python -m django makemigrations --check --dry-run --settings=tradedoor.config.settings
	$(PRODUCTION_ENV) $(BIN)/python -m django check --deploy --fail-level WARNING --settings=tradedoor.config.settings
	$(BIN)/python -m tools.testing.run

check-all: check ## As check, with long walks of the model, every way to register, and on the newest Python that is here
	MODEL_WALKS=200 $(BIN)/python -m tools.testing.run tests/access/model
	REGISTER_WALKS=1 $(BIN)/python -m tools.testing.run tests/registration/test_from_paper.py
	$(BIN)/python -m tools.testing.newest_python

docs: $(VENV)/dev.stamp ## Write the generated pages of docs/
	$(GATE_ENV) $(BIN)/python -m tools.settings_page
	$(BIN)/python -m tools.state_page

bench: $(VENV)/dev.stamp ## Measure, as ratios and counts
	$(BIN)/python -m bench

lock: $(VENV)/dev.stamp ## Pin the newest allowed versions, with hashes
	cd requirements && for set in main dev; do \
		../$(BIN)/uv pip compile $$set.in --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-header --quiet --upgrade -o $$set.txt || exit 1; done

clean: ## Remove what was built; keeps ./var, your data
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
	find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo 'Tradedoor needs Python 3.11, 3.12 or 3.13: make run PYTHON=python3.11'; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo 'On Debian: apt-get install python3-venv'; rm -rf $(VENV); exit 1; }

# A stamp is newer than what it was made from; while that holds, a start needs no pip.
$(VENV)/main.stamp: requirements/main.txt pyproject.toml | $(BIN)/python
	@echo 'Installing what Tradedoor needs (once) ...'
	@$(PIP) install --require-hashes -r requirements/main.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/main.stamp
	@echo 'Installing what the tests need (once) ...'
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
