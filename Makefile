# `make help` lists the chores. Everything they need, they install into .venv.

PYTHON ?= python3
PORT ?= 8000
ARGS ?=

VENV := .venv/bin
# Test output in one place: quiet, two workers, extra arguments last.
PYTEST := $(VENV)/python -m pytest -q -r fEs -n 2 $(ARGS)
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-build --custom-compile-command "make lock" $(ARGS)
SOURCES := benchmarks blog comments config tests tools manage.py

# The settings of a blog on the open internet, for the checks that ask about them.
PRODUCTION := DEBUG=false SITE_URL=https://blog.example.org TRUSTED_PROXIES=127.0.0.1 \
	SECRET_KEY=long-enough-for-the-check-and-for-nothing-else-0123456789-abcdefgh

.DEFAULT_GOAL := help
.PHONY: help install develop run test test-sqlite test-postgres lint format types layers \
	migrations production messages lock bench ci clean
MAKEFLAGS += --no-print-directory

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## Set up .venv for running the blog
	@$(PYTHON) tools/bootstrap.py runtime

develop: ## Set up .venv for tests and chores too
	@$(PYTHON) tools/bootstrap.py dev

run: install ## Serve the blog on 127.0.0.1:8000 (PORT= for another) until Ctrl-C
	@$(VENV)/python manage.py setup_blog --demo --bind 127.0.0.1:$(PORT)
	@exec $(VENV)/python tools/foreground.py $(VENV)/python manage.py serve --bind 127.0.0.1:$(PORT)

test: test-sqlite test-postgres ## Run all tests on SQLite, then on PostgreSQL (ARGS= for pytest)

test-sqlite: develop ## Run all tests on SQLite
	@echo "Testing on SQLite …"
	@DATABASE_URL= $(PYTEST)

test-postgres: develop ## Run all tests on PostgreSQL, which is started for them
	@echo "Testing on PostgreSQL …"
	@$(VENV)/python -m tests.postgres -- $(PYTEST)

lint: develop ## Check format, style and spelling
	@echo "Checking format, style and spelling …"
	@$(VENV)/ruff format --check --output-format concise $(SOURCES) || { \
		echo "Not formatted: run make format."; exit 1; }
	@$(VENV)/ruff check --quiet --output-format concise $(SOURCES)
	@find templates -name '*.html' -print0 | xargs -0r $(VENV)/djade --target-version 5.2 --check
	@$(VENV)/codespell

format: develop ## Format code and templates, repair what can be repaired
	@echo "Formatting …"
	@$(VENV)/ruff check --quiet --fix-only $(SOURCES)
	@$(VENV)/ruff format --quiet $(SOURCES)
	@find templates -name '*.html' -print0 | xargs -0r $(VENV)/djade --target-version 5.2 || true

types: develop ## Check types
	@echo "Checking types …"
	@$(VENV)/mypy

layers: develop ## Check who imports whom
	@echo "Checking layers …"
	@$(VENV)/lint-imports --no-logo

migrations: develop ## Check that every model change has its migration
	@echo "Checking migrations …"
	@$(VENV)/python manage.py makemigrations blog comments --check --dry-run

production: develop ## Check the settings of a blog on the open internet
	@echo "Checking production settings …"
	@$(PRODUCTION) $(VENV)/python manage.py check --deploy --fail-level WARNING

messages: develop ## Collect the texts to translate, compile translations (needs gettext)
	@echo "Collecting texts …"
	@$(VENV)/python manage.py makemessages --locale zh_Hans --no-location --no-obsolete \
		--ignore 'tests/*' --ignore 'var/*'
	@$(PYTHON) tools/bootstrap.py dev

lock: ## Resolve requirements/*.in anew (needs uv; ARGS=--upgrade for newer releases)
	@echo "Locking requirements …"
	@$(LOCK) requirements/runtime.in -o requirements/runtime.txt
	@$(LOCK) -c requirements/runtime.txt requirements/production.in -o requirements/production.txt
	@$(LOCK) -c requirements/production.txt requirements/dev.in -o requirements/dev.txt

bench: develop ## Measure what pages cost, on both databases (ARGS= for sizes)
	@echo "Measuring on SQLite …"
	@DATABASE_URL= $(VENV)/python -m benchmarks.run $(ARGS)
	@echo "Measuring on PostgreSQL …"
	@$(VENV)/python -m tests.postgres -- $(VENV)/python -m benchmarks.run $(ARGS)

ci: lint types layers migrations production test ## Everything that must pass before a change lands

clean: ## Remove what set-up and chores made; var/ stays
	@echo "Removing .venv, caches and compiled files …"
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
	@find locale -name '*.mo' -delete
