# make setup     the environment in .venv/, with .venv/bin/forestall
# make demo      one crisis, policies compared; prints the finding and where the report is
# make test      lint, types, floors and tests          make validate   the model's behaviours, statistically (minutes)
# make bench     speed, beside the memory bandwidth     make lint       ruff, mypy and import-linter alone
# make lock      choose package versions anew           make clean      remove what was made here
# Needs Python >= 3.11 and make; another interpreter: make PYTHON=/path/to/python3

BIN := .venv/bin
PYTHON ?=
DEMO := scenario=car_2013 runs=256 timing_runs=16 \
  'policies=[none,factual_rule,targeted_sanctions,mediation,preventive_deployment,maro_battlegroup]'

export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup demo test validate bench lint lock clean
.DEFAULT_GOAL := setup

setup: .venv/.ready

# uv when the machine has it; else uv inside the environment; else plain pip. All three check the hashes of the lock.
.venv/.ready: pyproject.toml requirements.lock
	@set -e; \
	for candidate in "$(PYTHON)" python3 python3.13 python3.12 python3.11 python3.14 python; do \
	  [ -n "$$candidate" ] || continue; \
	  found=$$("$$candidate" -c 'import sys; print(sys.executable if sys.version_info >= (3, 11) else "")' \
	    2>/dev/null) || found=; \
	  [ -z "$$found" ] || break; \
	  [ "$$candidate" != "$(PYTHON)" ] || { echo "PYTHON=$(PYTHON) is not a Python >= 3.11" >&2; exit 1; }; \
	done; \
	[ -n "$$found" ] || { \
	  echo "Forestall needs Python 3.11 or newer, and none was found on the PATH." >&2; \
	  echo "Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }; \
	rm -rf .venv; \
	if command -v uv >/dev/null 2>&1; then \
	  uv venv -q --python "$$found" .venv; uv=uv; \
	else \
	  "$$found" -m venv .venv || { rm -rf .venv; \
	    echo "$$found cannot make a virtual environment (on Debian: apt install python3-venv)." >&2; exit 1; }; \
	  if $(BIN)/python -m pip install -q uv; then uv=$(BIN)/uv; else uv=; fi; \
	fi; \
	echo "setting up .venv with $$found (about half a minute the first time)"; \
	if [ -n "$$uv" ] && "$$uv" pip install -q -p $(BIN)/python --require-hashes -r requirements.lock; then \
	  "$$uv" pip install -q -p $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	  [ -x $(BIN)/pip ] || "$$found" -m venv --clear .venv; \
	  $(BIN)/python -m pip install -q --require-hashes -r requirements.lock; \
	  $(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .; \
	fi; \
	touch $@; echo "ready: $(BIN)/forestall"

demo: setup
	@$(BIN)/forestall compare $(DEMO)

test: lint
	@$(BIN)/python -m pytest -q -m "not validate" tests

validate: setup
	@$(BIN)/python -m pytest -q -m validate tests

bench: setup
	@$(BIN)/python -m benchmarks

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# no index address, no path and no command line in the lock: it means the same on every machine
lock:
	@uv=$$(command -v uv || echo $(BIN)/uv); { sed -n '1,2p' requirements.lock; \
	  "$$uv" pip compile -q --upgrade pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header; } > requirements.lock.new
	@mv requirements.lock.new requirements.lock

clean:
	rm -rf .venv outputs dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
