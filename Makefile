# worksample: every command a person needs. `make` alone lists them.

PYTHON ?= python3
FUZZ_SECONDS ?= 60
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
UV_COMPILE = $(BIN)/uv pip compile --quiet --no-header --generate-hashes --upgrade \
	--python-version 3.13 --python-platform x86_64-manylinux_2_28

# An environment that forbids bytecode makes every start of a program compile all that it imports.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help demo images test podman crash hostile proof bench fuzz packages chromium postgresql lint types lock constraints clean

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

demo: $(RUN) ## grade the sample cohort and write its reports to reports/
	$(BIN)/worksample doctor --fix
	$(BIN)/worksample demo

images: $(RUN) ## install or start Docker where this user may, and build the images
	$(BIN)/worksample doctor --fix
	$(BIN)/worksample images build

test: ## run every check and every test
	@$(MAKE) --no-print-directory -j2 $(DEV) packages
	@$(MAKE) --no-print-directory -j3 images lint types
	$(BIN)/pytest -n 2 --dist loadgroup

# A leg of its own: says what is missing where there is no Podman and it may not be installed.
podman: images $(DEV) ## the sandbox contract against Podman
	@command -v podman >/dev/null || ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ] || { \
	  apt-get update -qq; apt-get install -y -qq --no-install-recommends podman >/dev/null; } || true
	$(BIN)/pytest tests/contract -m podman --podman -n 2 -ra

crash: images $(DEV) ## a batch whose runner is killed 20 times and whose engine restarts twice
	$(BIN)/pytest tests/crash --crash -rPs

hostile: images $(DEV) ## the corpus of hostile submissions, with a table at the end
	$(BIN)/pytest tests/hostile -n 2

proof: images $(DEV) ## every solution of the catalog on every seed (about 35 minutes on 2 cores)
	$(BIN)/pytest tests/catalog --all-seeds -n 2

bench: images $(DEV) ## what a grading costs beside the bare work
	$(BIN)/python benchmarks/overhead.py

# atheris has wheels for Linux; hypothesis searches anywhere.
fuzz: $(DEV) ## search every parser of what candidates send, FUZZ_SECONDS=60 each
	@if $(BIN)/pip install --quiet --only-binary atheris -e '.[fuzz]'; \
	  then $(BIN)/python tests/fuzz/run_atheris.py --seconds $(FUZZ_SECONDS); \
	  else echo 'no atheris for this Python: hypothesis searches instead'; \
	    $(BIN)/pytest tests/fuzz --hypothesis-profile=thorough; fi

lint: $(DEV) ## ruff and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(DEV) ## mypy, strict
	$(BIN)/mypy

# Browser tests say that they are skipped where there is no Chromium and it may not be installed.
chromium:
	@command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null \
	  || ! command -v apt-get >/dev/null || { \
	  if [ "$$(id -u)" = 0 ]; then run=; elif sudo -n true 2>/dev/null; then run='sudo -n'; \
	  else echo 'no right to install Chromium: browser tests will be skipped'; exit 0; fi; \
	  $$run apt-get update -qq; \
	  for name in chromium-headless-shell chromium; do \
	    $$run env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$name && exit; \
	  done; echo 'Chromium could not be installed: browser tests will be skipped'; }

# So do those of records in PostgreSQL; the tests start a server of their own.
postgresql:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || ! command -v apt-get >/dev/null || { \
	  if [ "$$(id -u)" = 0 ]; then run=; elif sudo -n true 2>/dev/null; then run='sudo -n'; \
	  else echo 'no right to install PostgreSQL: its tests will be skipped'; exit 0; fi; \
	  $$run apt-get update -qq; \
	  $$run env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql \
	    || echo 'PostgreSQL could not be installed: its tests will be skipped'; }

# One after the other: apt-get waits for nobody.
packages:
	@$(MAKE) --no-print-directory chromium
	@$(MAKE) --no-print-directory postgresql

lock: $(DEV) ## pin the newest packages for the images
	$(BIN)/pip install --quiet uv
	cd sandbox/recipes && ../../$(UV_COMPILE) -o python-data.lock python-data.in
	cd sandbox/recipes && ../../$(UV_COMPILE) -c python-data.lock -o grade.lock grade.in

constraints: ## pin the newest packages for this environment
	scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && $(PYTHON) -m venv "$$scratch" \
	  && "$$scratch/bin/pip" install --quiet --upgrade pip '.[dev]' \
	  && "$$scratch/bin/pip" freeze --all --exclude worksample --exclude setuptools > constraints.txt

clean: ## remove the environment and what tools cache; images and records stay
	rm -rf $(VENV) dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .fuzz
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo 'Python lacks venv: apt-get install python3-venv'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUN): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(RUN) $@
