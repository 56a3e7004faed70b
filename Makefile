# The whole project from one place. `make help` lists the targets.
#
# Everything happens in virtual environments of this tree (.venv, and .venv-3.12 and so on for the
# other Pythons). A stamp file records each step that was done, so a second call does only what
# has changed.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

# The Python that .venv is made with; any from 3.11 on.
PYTHON ?= python3
SUPPORTED := 3.11 3.12 3.13

VENV := .venv
BIN := $(VENV)/bin
# What is compiled into the extension: a change in any of these means another build.
RUST := Cargo.toml $(wildcard Cargo.lock .cargo/config.toml) \
	$(shell find crates -path '*/src/*' -name '*.rs' -o -name Cargo.toml)
# cargo never links the binding crate into a test: it is tested from Python.
CRATES := --workspace --exclude daisy-py

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
# No tool is to take another environment that happens to be active for ours.
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PYTHONNOUSERSITE := 1
unexport CONDA_PREFIX PYTHONPATH PYTHONHOME

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: build
build: $(VENV)/.built ## make the environment and the release extension, and stop there

.PHONY: demo
demo: build ## run examples/quickstart.py: two programs, proof that all ways agree, timings
	@$(BIN)/python examples/quickstart.py

.PHONY: test
test: test-rust test-pythons ## run every test, Rust and Python, on every Python that is here

.PHONY: test-rust
test-rust: models ## run the tests, models, doctests and examples of the Rust crates
	cargo test $(CRATES)
	cargo run --quiet --release --package daisy-core --example shared_work

# A target folder of its own: the flag would make cargo build everything again each time.
.PHONY: models
models: ## run the executor under a model checker, in every order of its threads
	RUSTFLAGS="--cfg loom" cargo test --release --package daisy-core --lib --target-dir target/loom models

# Memory that is mapped is the pool's own business, which its tests look at; valgrind sees what is
# read or written outside of everything, or is read before it was written. Rust's own sanitizers
# would need a nightly toolchain. It is slow, so the random tests try less. Leaks are not looked for,
# since in a child of a fork all that the other threads had is one. The flags of the floating-point
# unit are always clear under valgrind, so the test of these is left out.
.PHONY: sanitize
sanitize: ## run the tests of the crate with unsafe code under valgrind
	@command -v valgrind >/dev/null || { echo "make sanitize needs valgrind: apt-get install valgrind, or the like" >&2; exit 1; }
	PROPTEST_CASES=$${PROPTEST_CASES:-8} cargo test --package daisy-kernel --lib --tests \
		--config 'target."cfg(all())".runner = ["valgrind", "--quiet", "--error-exitcode=1"]' \
		-- --skip is_noticed_until_it_is_cleared

.PHONY: test-python
test-python: build $(VENV)/.installed-test ## run the Python tests, doctests and documents
	$(BIN)/python -m pytest

.PHONY: lint
lint: build $(VENV)/.installed-test $(VENV)/.installed-lint ## check formatting, lints, types and stubs
	cargo fmt --check
	cargo clippy --workspace --all-targets -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest --mypy-config-file pyproject.toml daisy._core

.PHONY: format
format: $(VENV)/.installed-lint ## rewrite the sources as `make lint` wants them
	cargo fmt
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: bench
bench: build $(VENV)/.installed-bench ## print each figure that daisy has to reach, as a ratio of this run
	@$(BIN)/python -m benches

# The parts: FILES="bag array.tests.test_slicing". CONTROL=1 runs dask's own scheduler beside daisy's, and
# RECORD=1 runs it alone and writes down how it does.
.PHONY: conformance
conformance: build $(VENV)/.installed-conformance ## run dask's own tests on daisy.get: a sample, or with ALL=1 the whole
	@$(BIN)/python tests/conformance $(if $(ALL),--all) $(if $(QUICK),--quick) \
		$(if $(CONTROL),--control) $(if $(RECORD),--record) $(FILES)

.PHONY: soak
soak: build $(VENV)/.installed-test ## run mixed load from 8 threads for MINUTES=10: no hang, no leak
	$(BIN)/python tests/soak --minutes $(or $(MINUTES),10)

.PHONY: docs
docs: build $(VENV)/.installed-docs $(VENV)/.installed-test ## build the site, warnings being errors, and run its examples
	$(BIN)/python -m pytest tests/documents
	$(BIN)/sphinx-build --fail-on-warning --keep-going --fresh-env -b html docs docs/_build/html
	@echo "docs: open docs/_build/html/index.html"

.PHONY: wheel
wheel: $(VENV)/.installed-build ## build a wheel for this Python into dist/
	$(BIN)/maturin build --release --interpreter $(BIN)/python --out dist

.PHONY: clean
clean: ## remove everything that make made
	rm -rf $(VENV) $(addprefix .venv-,$(SUPPORTED)) target dist docs/_build
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -f python/daisy/_core*.so
	find python tests benches examples docs -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment -------------------------------------------------------------------------

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "daisy needs Python 3.11 or later; name one with: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'  # the first with --group
	@touch $@

$(VENV)/.installed-%: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --group $*
	@touch $@

$(VENV)/.built: $(VENV)/.installed-build $(RUST) pyproject.toml
	$(BIN)/maturin develop --release
	@touch $@

# --- the other Pythons -----------------------------------------------------------------------
# The wheel, not the tree, is installed there: so these runs also show that a wheel is complete.

OTHERS = $(addprefix test-other-,$(SUPPORTED))
main-version = $(shell $(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

# All Pythons are tested side by side, two at a time: each is one process for most of the time.
.PHONY: test-pythons
test-pythons: build
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-python $(filter-out test-other-$(main-version),$(OTHERS))

# Names like python3.12 may be shims that only print an error: so each candidate is asked.
find-python = $(shell for python in python$(1) $(HOME)/.pyenv/versions/$(1).*/bin/python; do \
	"$$python" -c 'import sys; assert "%d.%d" % sys.version_info[:2] == "$(1)"; print(sys.executable)' 2>/dev/null && break; \
	done)

.PHONY: $(OTHERS)
$(OTHERS): test-other-%:
	@python="$(call find-python,$*)"; \
	if [ -z "$$python" ]; then \
		echo "== no Python $* on this machine: its tests are left out"; \
	else \
		$(MAKE) --no-print-directory test-wheel VERSION=$* OTHER="$$python"; \
	fi

.PHONY: test-wheel
test-wheel: .venv-$(VERSION)/.wheel
	@echo "== Python $(VERSION), from the wheel"
	.venv-$(VERSION)/bin/python -m pytest -m "not slow" --pyargs lazy daisy tests/python

.venv-$(VERSION)/.made:
	$(OTHER) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	@touch $@

.venv-$(VERSION)/.installed: .venv-$(VERSION)/.made pyproject.toml
	$(@D)/bin/python -m pip install --quiet --group test
	@touch $@

# A target folder a Python: the bindings are compiled for one Python at a time.
.venv-$(VERSION)/.wheel: .venv-$(VERSION)/.installed $(VENV)/.installed-build $(RUST) pyproject.toml $(shell find python -name '*.py' -o -name '*.pyi')
	rm -rf target/wheels-$(VERSION)
	$(BIN)/maturin build --release --interpreter $(@D)/bin/python --target-dir target/python-$(VERSION) --out target/wheels-$(VERSION)
	$(@D)/bin/python -m pip install --quiet target/wheels-$(VERSION)/*.whl
	$(@D)/bin/python -m pip install --quiet --force-reinstall --no-deps target/wheels-$(VERSION)/*.whl
	@touch $@
