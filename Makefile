# Everything starts here; CONTRIBUTING.md says more.
PYTHON ?= python3
HOLDWELL_DATA ?= $(CURDIR)/var
PORT ?= 8000
export HOLDWELL_DATA PORT
# Compiled modules are kept: without them each of the processes that a start or the suite has compiles anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
UV_VERSION := 0.13.9

.DEFAULT_GOAL := help
.PHONY: help run test test-browser test-full lint bench locks pictures messages

help: ## Show these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Holdwell needs Python 3.11 or newer; this is " + sys.version)'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.run: requirements.lock | $(BIN)/uv
	$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock | $(BIN)/uv
	$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements-dev.lock
	@touch $@ .venv/.run

run: .venv/.run ## Set up what is missing and start web, worker and beat
	@HOLDWELL_DEMO=1 $(BIN)/python manage.py up

test: .venv/.dev ## The suite on SQLite and the embedded broker, but for the browser's part
	$(BIN)/pytest -m "not browser"

test-browser: .venv/.dev ## The browser's part, on SQLite too; needs a Chromium
	$(BIN)/pytest -m browser

test-full: .venv/.dev ## The whole suite on PostgreSQL and Redis, in a browser too
	HOLDWELL_TEST_FULL=1 $(BIN)/pytest

node_modules/.ready: package.json package-lock.json
	npm ci --silent
	@touch $@

lint: .venv/.dev node_modules/.ready ## Formatting, lint, types of both languages, the import contract, templates
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	node_modules/.bin/tsc
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint templates

bench: .venv/.dev ## Measure; prints a table and JSON
	$(BIN)/python -m tests.bench

pictures: .venv/.dev ## The README's pictures, from the demo
	$(BIN)/python -m tests.pictures

messages: .venv/.dev ## Gather the texts of the sources into the catalogs of translations
	$(BIN)/python manage.py messages

locks: | $(BIN)/uv ## Compile the lock files from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url pyproject.toml --group dev -o requirements-dev.lock
