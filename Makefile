# Every way to start, test and check Qianshou. `make` alone prints the list.
#
# Nothing is installed outside this folder: Python packages go to .venv, data to var.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

# Empty: what is here already, or a county with seed 1.
SIZE ?=
SEED ?=
PORT ?= 8000
SERVE ?= 1
PYTEST_ARGS ?=

# The first Python that is new enough and can make a virtual environment.
FIT := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$p" -c '$(FIT)' 2>/dev/null && echo "$$p" && break; done)

BIN := .venv/bin
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
# On CI a missing browser is a failure; elsewhere the browser's journeys are left out, aloud.
JOURNEYS := $(if $(or $(CHROMIUM),$(CI)),,-m "not browser")

# How many tests run at once; the journeys stay together whatever it is (tests/conftest.py).
JOBS ?= 2

# The tests have a folder and a database server of their own, whatever the demo is doing.
DATABASE := $(BIN)/python -m qianshou.config.postgres
TESTS = $(DATABASE) start --fast var/test/postgres >/dev/null; \
	trap '$(DATABASE) stop var/test/postgres >/dev/null' EXIT; \
	QIANSHOU_VAR="$(CURDIR)/var/test" $(BIN)/python -m pytest -n $(JOBS)

export DJANGO_SETTINGS_MODULE := qianshou.config.settings
export NUMBA_CACHE_DIR := $(CURDIR)/var/numba
# Tests and the demo start dozens of programs; without bytecode each compiles the whole house anew.
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

# The command works wherever the folder is moved, and in one with spaces in its name.
define QIANSHOU
#!/bin/sh
'''exec' "$$(dirname -- "$$(readlink -f -- "$$0")")/python" "$$0" "$$@"
' '''
import sys

from qianshou.config.console import main

sys.exit(main())
endef
export QIANSHOU

# Install requirements/$(1).txt unless that very list is in place already.
define packages
	@lock=$$(cksum < requirements/$(1).txt); \
	if [ "$$(cat .venv/$(1).lock 2>/dev/null)" != "$$lock" ]; then \
		echo "Installing the packages of requirements/$(1).txt (a minute or so, once) ..."; \
		$(BIN)/python -m pip install -qq --require-hashes -r requirements/$(1).txt; \
		echo "$$lock" > .venv/$(1).lock; \
	fi
endef

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  Options: SIZE=town|county|city (county)  SEED=1  PORT=$(PORT)  SERVE=0|1 ($(SERVE))"

.PHONY: demo
demo: install ## Bring the main job to life on an invented county and serve it: SIZE= SEED= PORT= SERVE=0
	@$(BIN)/qianshou demo $(if $(SIZE),--size $(SIZE)) $(if $(SEED),--seed $(SEED)) --port "$(PORT)" --serve "$(SERVE)"

.PHONY: test
test: check ## Run every check and every test, as CI does
	$(if $(JOURNEYS),@echo "No Chromium found: the tests in a browser are left out (apt install chromium).")
	@$(TESTS) $(JOURNEYS) $(PYTEST_ARGS)

# The types take as long as all others together, so two run side by side.
CHECKS := types format templates lint layers migrations

.PHONY: check
check: install-dev ## Run every check that is not a test: format, lint, types, layers, migrations
	@$(MAKE) --jobs=2 --output-sync=target $(CHECKS:%=check-%)

.PHONY: $(CHECKS:%=check-%)
check-types:
	@echo "types";      $(BIN)/mypy
check-format:
	@echo "format";     $(BIN)/ruff format --quiet --check . || { echo "Mend with: $(BIN)/ruff format ."; exit 1; }
check-templates:
	@echo "templates";  find src -path '*/templates/*' -name '*.html' -print0 \
		| xargs -0 --no-run-if-empty $(BIN)/djade --target-version 5.2 --check
check-lint:
	@echo "lint";       $(BIN)/ruff check --quiet .
check-layers:
	@echo "layers";     said=$$($(BIN)/lint-imports 2>&1) || { echo "$$said"; exit 1; }
check-migrations:
	@echo "migrations"; $(BIN)/python -m django makemigrations --check --dry-run

.PHONY: e2e
e2e: install-dev ## Drive the journeys in a real Chromium
	@$(TESTS) -m browser $(PYTEST_ARGS)

.PHONY: screenshots
screenshots: install-dev ## Take the pictures of docs/screenshots anew, by the journey
	@mkdir -p docs/screenshots
	@export SCREENSHOTS="$(CURDIR)/docs/screenshots"; $(TESTS) -m browser tests/journeys

.PHONY: bench
bench: install-bench ## Measure the engines and the main job, each beside a peer
	@$(BIN)/python -m bench

.PHONY: messages
messages: install-dev ## Collect the sentences of the source into the catalogs and compile them
	@$(BIN)/python -m tests.architecture.catalog $(TABLES)

.PHONY: lock
lock: .venv ## Write requirements/*.txt anew from requirements/*.in
	@$(BIN)/python -m pip install -qq uv
	@for list in core spark dev bench; do \
		echo "requirements/$$list.txt"; \
		known=$$([ $$list = core ] || echo "--constraint requirements/core.txt"); \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-header --no-emit-index-url --no-emit-find-links \
			$$known requirements/$$list.in --output-file requirements/$$list.txt; \
	done

.PHONY: clean
clean: ## Stop the private database; delete it, the demo's data and every cache
	@if [ -d var/postgres ] && [ -t 0 ]; then \
		read -r -p "This deletes every record in var/postgres for good. Type yes: " answer; \
		[ "$$answer" = yes ]; \
	fi
	@if [ -x $(BIN)/qianshou ]; then \
		for each in var/postgres var/test/postgres; do $(DATABASE) remove $$each; done; \
	fi
	@rm -rf var .coverage .mypy_cache .ruff_cache .import_linter_cache .hypothesis bench/out
	@find src tests bench -name __pycache__ -prune -exec rm -rf {} +

.PHONY: install
install: $(BIN)/qianshou ## Install what running needs, into .venv
	$(call packages,core)

.PHONY: install-spark
install-spark: install ## Install what `qianshou match --engine spark` needs beside Java 17
	$(call packages,spark)

.PHONY: install-dev
install-dev: install
	$(call packages,dev)

.PHONY: install-bench
install-bench: install-dev
	$(call packages,bench)

.venv:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Qianshou needs Python 3.11 or later with venv (Debian: apt install python3 python3-venv)." >&2; \
		echo "If you have one under another name, say: make PYTHON=/path/to/python" >&2; \
		exit 1; \
	fi
	@"$(PYTHON)" -m venv .venv

# A line in a .pth file puts src on the path; it counts from its own folder, so it survives a move.
$(BIN)/qianshou: Makefile | .venv
	@mkdir -p var
	@$(BIN)/python -c 'import os, sysconfig; \
		packages = sysconfig.get_path("purelib"); \
		print(os.path.relpath("src", packages), file=open(packages + "/qianshou.pth", "w"))'
	@printf '%s\n' "$$QIANSHOU" > $@
	@chmod +x $@
