# Every target does the set-up it needs and no more: a stamp is as new as the files that it was made from.
# A machine needs Python 3.11 or later, git and make. `make run ARGS="--for 30s"` hands arguments on.

VENV ?= .venv
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := $(VENV)/bin

# pip reads the pins from here, for what it installs and for what it builds with. It would split a path at its blanks,
# so the path is relative: pip runs in this folder only.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test setup lint types house soak soak-tests soak-kills soak-days bench truth mutants wheel pins clean
.DELETE_ON_ERROR:

run: $(VENV)/.ready
	exec $(BIN)/uptally run $(ARGS)

test: $(VENV)/.ready-dev
	tools/servers --try
	$(BIN)/python -m pytest $(ARGS)

setup: $(VENV)/.ready-dev

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready-dev
	$(BIN)/mypy

house: $(VENV)/.ready-dev
	$(BIN)/lint-imports

# The long proofs: hours, on all cores. In parts, and with other numbers: `make soak-days SEEDS=1000-1019 ARGS="--hours 6"`.
soak: soak-tests soak-kills soak-days

soak-tests: $(VENV)/.ready-dev
	tools/servers --try
	$(BIN)/python -m pytest -m soak $(ARGS)

soak-kills: $(VENV)/.ready-dev
	$(BIN)/python -m tests.soak kills $(or $(SEEDS),0-49) $(ARGS)
	$(BIN)/python -m tests.soak sealing $(or $(SEEDS),0-49) $(ARGS)
	$(BIN)/python -m tests.soak closing $(or $(SEEDS),0-9) $(ARGS)

soak-days: $(VENV)/.ready-dev
	$(BIN)/python -m tests.soak days $(or $(SEEDS),1000-1199) $(ARGS)

# The measurements of docs/performance.md, about three quarters of an hour; `make bench ARGS=--quick` takes a few minutes.
bench: $(VENV)/.ready-dev
	tools/servers
	$(BIN)/python -m bench.cost $(ARGS)
	$(BIN)/python -m bench.lateness $(ARGS)
	$(BIN)/python -m bench.availability $(ARGS)
	$(BIN)/python -m bench.statements $(ARGS)
	$(BIN)/python -m bench.export $(ARGS)
	$(BIN)/python -m bench.pull $(ARGS)
	$(BIN)/python -m bench.storage $(ARGS)
	$(BIN)/python -m bench.memory $(ARGS)
	$(BIN)/python -m bench.page $(ARGS)
	$(BIN)/python -m bench.turnaround $(ARGS)

# The ground truth of docs/measurement.md, with its plot: a quarter of an hour, for which the machine should be idle.
truth: $(VENV)/.ready-dev
	tools/servers
	mkdir -p build
	$(BIN)/python -m bench.truth --out build/truth.json $(ARGS)
	$(BIN)/python -m bench.plot build/truth.json docs/measurement.svg

# Changes the rules in small ways and tells which changes no test notices: all of them in an hour or two, or for
# instance `make mutants ARGS=contract.credits`; docs/mutants.md has the results.
mutants: $(VENV)/.ready-dev
	$(BIN)/python tools/mutants $(ARGS)

wheel: $(VENV)/.ready-dev
	$(BIN)/python -m build --wheel

# Newest versions that pyproject.toml allows, under the comment that heads the file.
pins:
	tools/pins $(PYTHON)

clean:
	rm -rf $(VENV) dist build mutants .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "uptally needs Python 3.11 or later" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

# Editable, so that a changed source needs no second installation.
$(VENV)/.ready: $(VENV)/.made pyproject.toml constraints.txt
	$(BIN)/pip install -q -e .
	@touch $@

# What serves the tests serves `make run` as well.
$(VENV)/.ready-dev: $(VENV)/.made pyproject.toml constraints.txt tools/npm/package.json tools/npm/package-lock.json
	$(BIN)/pip install -q -e '.[dev]'
	mkdir -p $(VENV)/node
	cp tools/npm/package.json tools/npm/package-lock.json $(VENV)/node/
	$(BIN)/npm ci --silent --ignore-scripts --no-audit --no-fund --prefix $(VENV)/node
	@touch $(VENV)/.ready $@
