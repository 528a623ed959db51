# make demo: set up, run the whole way on the embedded platform, end with a report.
# make test: set up, run every check.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: demo test check setup browser clean

demo: setup
	$(BIN)/trustsurvey demo --folder demo

test: setup browser check
	$(BIN)/pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "trustsurvey needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	touch $@

# The tests open the reports in Chromium.
browser:
	@command -v chromium >/dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } \
	  || { echo "The tests need Chromium: install the package 'chromium' and run make test again." >&2; exit 1; }

clean:
	rm -rf .venv demo .mypy_cache .ruff_cache .pytest_cache
