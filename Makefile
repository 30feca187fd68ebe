# The two commands of the README are `make demo` and `make test`; both set up what they need.
PYTHON_ENV := .venv/bin/python
STAMP := .venv/.set-up
DOC_STAMP := .venv/.set-up-docs
NEXT_STAMP := .venv-next/.set-up
OVITO_STAMP := .venv-ovito/.set-up
HELP_PAGES := orangecontrib/darfix_wb/help/index.html
TESTS ?= tests
TEST_PROCESSES ?= 2
NEXT_TESTS ?= tests/widgets tests/tasks

.PHONY: demo test test-next test-ovito lint format canvas screenshots bench docs clean set-up help
.DEFAULT_GOAL := help

help:
	@echo "make demo     simulate, label, train, classify, integrate, lines of a small volume: in demo_output/"
	@echo "make test     lint and tests        (TESTS='tests/io -m \"not slow\"' for some)"
	@echo "make test-next  tests that concern ewoks, with its next generation (release candidates)"
	@echo "make test-ovito  exported files, read back with OVITO"
	@echo "make lint     ruff                  make format   ruff, in place"
	@echo "make canvas   darfix with these widgets"
	@echo "make screenshots  pictures of the widgets in docs/images"
	@echo "make bench    benchmarks            make docs     HTML in docs/_build/html"
	@echo "make clean    remove what was built, the environment too"

set-up: $(STAMP)

$(STAMP): pyproject.toml setup.py constraints.txt scripts/setup.sh
	@scripts/setup.sh full,dask,test
	@touch $@

$(DOC_STAMP): $(STAMP)
	@scripts/setup.sh full,dask,test,doc
	@touch $@

# OVITO brings another binding of Qt, so that it has an environment of its own.
$(OVITO_STAMP): $(STAMP) Makefile
	$(PYTHON_ENV) -m venv --clear .venv-ovito
	.venv-ovito/bin/python -m pip --disable-pip-version-check -qq install ovito==3.17.2
	@touch $@

$(NEXT_STAMP): $(STAMP) scripts/setup_next.sh
	@scripts/setup_next.sh
	@touch $@

demo: $(STAMP)
	$(PYTHON_ENV) -m darfix_wb.demo --output demo_output

# Two processes, each with the tests of whole files; one thread in each, so that they do not wait for
# each other.
test: lint
	QT_QPA_PLATFORM=offscreen OMP_NUM_THREADS=1 \
	    $(PYTHON_ENV) -m pytest -n $(TEST_PROCESSES) --dist loadscope $(TESTS)

test-next: $(NEXT_STAMP)
	QT_QPA_PLATFORM=offscreen .venv-next/bin/python -m pytest $(NEXT_TESTS)

test-ovito: $(OVITO_STAMP)
	$(PYTHON_ENV) -m pytest tests/dislocation_lines/export/test_ovito_file.py

lint: $(STAMP)
	$(PYTHON_ENV) -m ruff check .

format: $(STAMP)
	$(PYTHON_ENV) -m ruff check --fix .
	$(PYTHON_ENV) -m ruff format .

# Set-up makes these pages as well; here they follow changes of docs/.
$(HELP_PAGES): $(STAMP) scripts/help_pages.py $(wildcard docs/*.md docs/*/*.md docs/images/*)
	$(PYTHON_ENV) scripts/help_pages.py

canvas: $(HELP_PAGES)
	.venv/bin/darfix --force-discovery

screenshots: $(STAMP)
	$(PYTHON_ENV) scripts/screenshots

bench: $(STAMP)
	@set -e; for script in $(filter-out benchmarks/frames.py,$(wildcard benchmarks/*.py)); do echo "== $$script"; $(PYTHON_ENV) $$script; done

docs: $(DOC_STAMP)
	$(PYTHON_ENV) -m sphinx -b html -W --keep-going -q docs docs/_build/html
	@echo "docs/_build/html/index.html"

clean:
	rm -rf .venv .venv-next .venv-ovito build dist demo_output docs/_build orangecontrib/darfix_wb/help .pytest_cache .ruff_cache *.egg-info
