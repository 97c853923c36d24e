# Muster. `make` alone lists what there is.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
CODE := $(wildcard src tests bench)

# Settings of a shell that would lead pip or python out of the virtual environment.
unexport PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV

# What is installed is named by a checksum, so that a second `make install` has nothing to do.
checksum = $(firstword $(shell cat $(1) | cksum))
LOCKED := $(VENV)/.locked-$(call checksum,requirements.lock)
LINKED := $(VENV)/.linked-$(call checksum,pyproject.toml requirements.lock)-$(firstword $(shell pwd | cksum))
COMPILED := $(VENV)/.compiled

.DEFAULT_GOAL := help
.PHONY: help install demo demo-discord test lint format bench soak guide audit lock clean

help: ## this list
	@echo "Muster, from a fresh clone: make demo"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  PYTHON=python3.12 chooses the Python, VENV=folder the virtual environment, ARGS=... goes to the program."

install: $(LINKED) $(COMPILED) ## everything needed, into .venv

demo: install ## Muster with made-up players
	$(BIN)/muster demo $(ARGS)

demo-discord: install ## the bot in a Discord of its own: a page to type !last_session on, no token
	@$(BIN)/python -W ignore::DeprecationWarning -m tests.app.demo_discord $(ARGS)

test: lint ## lint, then the tests on SQLite and PostgreSQL
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS) || $(call stop,pytest: the names of what failed are above)

lint: install ## ruff and mypy
	@$(BIN)/ruff check . || $(call stop,ruff check: see above; make format mends what can be mended)
	@$(BIN)/ruff format --check . || $(call stop,ruff format: make format lays these files out)
	@$(BIN)/mypy --strict $(CODE) || $(call stop,mypy: see above)

format: install ## lay out the code, mend what ruff can mend
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: install ## the benchmarks
	$(BIN)/python -m bench $(ARGS)

soak: install ## a busy Discord in which everything breaks, every message counted (minutes)
	$(BIN)/python -m tests.community.soak $(ARGS)

guide: ## docs/install.md followed from nothing, in an empty home (two minutes)
	$(PYTHON) -m tests.deploy.guide $(ARGS)

audit: install ## known weaknesses of the locked packages (asks the package index; ARGS=--strict fails where it can't)
	@test -x $(BIN)/pip-audit || $(BIN)/python -m pip install --quiet pip-audit
	@$(BIN)/python -m tests.deploy.audit $(ARGS)

lock: $(BIN)/python ## requirements.lock anew from pyproject.toml (ARGS=--upgrade for newer versions)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --quiet \
		--no-config --no-emit-index-url --no-emit-find-links --no-emit-build-options \
		--custom-compile-command "make lock" --output-file requirements.lock $(ARGS)

clean: ## remove .venv and everything else that was made
	@if test -e $(VENV)/pyvenv.cfg; then rm -rf $(VENV); fi
	rm -rf build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

# Says where `make test` stopped.
stop = { echo; echo "make $@ stopped at $(1)"; exit 1; } >&2

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Muster needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)."; \
		echo "Name another one: make $(or $(MAKECMDGOALS),install) PYTHON=python3.12"; exit 1; } >&2
	@$(PYTHON) -m venv $(VENV) || { rm -f $@; \
		echo "No virtual environment could be made (Debian, Ubuntu: apt install python3-venv)."; exit 1; } >&2

$(LOCKED): | $(BIN)/python
	@echo "Installing the locked packages into $(VENV): a minute the first time"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@rm -f $(VENV)/.locked-* && touch $@

$(LINKED): $(LOCKED)
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.linked-* && touch $@

# Written here because PYTHONDONTWRITEBYTECODE may be set, and the command line starts faster so.
$(COMPILED): $(LINKED) $(shell find src -name '*.py')
	@$(BIN)/python -m compileall -q src
	@touch $@
