# Everything one runs in a checkout. On a machine with git, python3 (3.11 or newer) and make, each target sets up what
# it needs first: a virtual environment in .venv with the packages of requirements.lock, checked by their hashes.

PYTHON ?= python3
CONFIG ?= var/serve/listserv.toml
BIN := .venv/bin
READY := .venv/ready
CODE := listserv tests $(patsubst %/,%,$(sort $(dir $(wildcard examples/*.py bench/*.py))))

.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup demo serve test soak check test-servers lock docs bench faults

help:
	@echo 'make demo          a week of sample groups, served until Ctrl-C; make demo ONCE=1 verifies it and ends'
	@echo 'make setup         only the set-up; the command is then .venv/bin/listserv'
	@echo 'make serve         the service on this machine, its configuration in $(CONFIG)'
	@echo 'make test          every test; those of servers that are not installed are skipped'
	@echo 'make check         format, lint, types, import rules'
	@echo 'make soak          the tests that take long: a year of the clock on two nodes'
	@echo 'make test-servers  installs the servers that tests talk to, not started (Debian, as root)'
	@echo 'make bench         short benchmarks beside the peers installed; FULL=1 the bars themselves; NAMES="accept idle"'
	@echo 'make faults        the long tests: whole archives over kills, every order, the whole corpus'
	@echo 'make lock          writes requirements.lock anew from pyproject.toml; make lock UPGRADE=1 takes newer packages'
	@echo 'make docs          writes the pages in docs that are made: settings, rules, commands by mail and on the command line'

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'listserv needs Python 3.11 or newer, and $(PYTHON) is not. Try: make PYTHON=python3.11 $(MAKECMDGOALS)' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q && apt-get install -qy python3-venv; } || { \
	  echo 'Python has no venv module here. Install it with: sudo apt-get install -y python3-venv' >&2; exit 1; }
	@echo 'Setting up .venv ...'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

setup: $(READY)

demo: $(READY)
	$(BIN)/python -m examples.demo $(if $(ONCE),--once)

serve: $(READY)
	@test -e $(CONFIG) || $(BIN)/listserv init $(dir $(CONFIG))
	$(BIN)/listserv --config $(CONFIG) serve

# Bytecode is kept, whatever the environment says: else each of some hundred processes compiles the program anew.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(READY)
	$(BIN)/python -m pytest -n auto --dist worksteal

soak: $(READY)
	$(BIN)/python -m pytest -n auto -s tests/soak/*.py

check: $(READY)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports

test-servers: $(READY)
	tests/servers/install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-browser.lock

lock: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --annotation-style line --all-extras --group dev $(if $(UPGRADE),--upgrade) pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --annotation-style line -c requirements.lock --group browser $(if $(UPGRADE),--upgrade) -o requirements-browser.lock

docs: $(READY)
	$(BIN)/python -m listserv.config > docs/settings.md
	$(BIN)/python -c "from listserv.inbound.decide import as_page; print(as_page(), end='')" > docs/decide.md
	$(BIN)/python -m listserv.inbound.commands.page docs
	$(BIN)/python -m listserv.cli.page > docs/commands.md

bench: $(READY)
	bench/run $(if $(FULL),--full) $(NAMES)

faults: $(READY)
	$(BIN)/python -m pytest tests/faults
