# Two commands on a fresh machine with Python 3.11+, Node 20+ and git:  make install,  make demo
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help install demo serve test crash bench docs lock licences sbom audit messages screenshots clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */\1\t/' | expand -t 14

install: .venv/installed  ## everything into .venv, the front end built, translations compiled

.venv/installed: requirements/dev.txt pyproject.toml frontend/package-lock.json $(wildcard src/tidewaiter/site/locale/*/LC_MESSAGES/django.po)
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version) if sys.version_info < (3, 11) else None'
	scripts/system_packages libgomp1
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install -q --require-hashes -r requirements/dev.txt
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	npm ci --prefix frontend --no-audit --no-fund --loglevel=error
	npm run --silent --prefix frontend build
	$(BIN)/python scripts/messages compile
	touch $@

demo: install  ## a simulated administration, ready to be looked at (ARGS="--no-serve")
	$(BIN)/tidewaiter demo $(ARGS)

serve: install  ## the server and its worker on the home folder ($TIDEWAITER_HOME or ./var)
	$(BIN)/tidewaiter serve $(ARGS)

test: install  ## lint, types, layers, then every test on SQLite, PostgreSQL and in Chromium
	scripts/system_packages chromium postgresql
	$(BIN)/python scripts/test $(ONLY)

crash: install  ## kill -9 two hundred times on each database: the server under load, and every command
	scripts/system_packages postgresql
	TIDEWAITER_KILLS=100 $(BIN)/python -m pytest -s tests/crash
	TIDEWAITER_KILLS=100 scripts/with_postgres $(BIN)/python -m pytest -s tests/crash

bench: install  ## benchmarks beside their peers, into bench/out/results.json (ONLY=name)
	$(BIN)/python -m bench $(ONLY)

docs: install  ## the documentation site, into site-docs/
	$(BIN)/mkdocs build --strict -q

lock: install  ## the requirements again, after a change in pyproject.toml
	test -x $(BIN)/uv || $(BIN)/pip install -q uv
	scripts/lock $(ARGS)

licences: install  ## the list of licences again, after a change of requirements or of the browser code
	$(BIN)/python scripts/supply licences

sbom: install  ## a bill of materials of what ships (CycloneDX), into dist/
	$(BIN)/python scripts/supply sbom

audit: install  ## known vulnerabilities of what ships; optional, it asks the network
	test -x $(BIN)/pip-audit || $(BIN)/pip install -q pip-audit
	$(BIN)/pip-audit --require-hashes --disable-pip -r requirements/runtime.txt
	npm audit --prefix frontend --omit=dev

messages: install  ## the catalogues of translations again, after a change of texts
	scripts/system_packages gettext
	$(BIN)/python scripts/messages update
	$(BIN)/python scripts/messages compile

screenshots: install  ## the pictures of the documentation, from the demo
	scripts/system_packages chromium
	$(BIN)/python scripts/screenshots

clean:  ## remove what the other commands made, but not the home folder
	rm -rf .venv frontend/node_modules src/tidewaiter/site/static/vendor site-docs bench/out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
