# make lab        read and run the suite: the first time this makes .venv and installs into it
# make test       every test, notebooks included
# make notebooks  run the whole suite without a browser; copies and HTML pages go to build/notebooks
# make refresh    make the committed .ipynb files anew from the percent scripts
# make help       these and the others, with their options
#
# Works with GNU make from 3.81 on. Nothing is installed twice: .venv is brought up to date when pyproject.toml changes.

SHELL := /bin/sh
VENV := .venv
COLAB_VENV := .venv-colab
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
COLAB_INSTALLED := $(COLAB_VENV)/installed

# What a Python must be; venv and ensurepip are asked for because Debian ships them apart from python3.
FITS := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))
# Candidates in order of preference; PYTHON=/path/to/python on the command line or in the environment is the only one then.
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11 python

# Pytest's exit status where TEST_ARGS selects no test: it may select some of one half of `make test` only, but of neither
# is a typing error. The browser's tests are that half which wants the machine to itself.
NONE_SELECTED := 5

# Tests and notebooks that run at a time, one thread each: two workers are faster than one with two threads.
WORKERS ?= 2

# Colab's versions of what draws widgets, and the JupyterLab of that time; everything else is shared with .venv.
COLAB_VERSIONS := ipywidgets==7.7.1 ipykernel==6.17.1 ipython==7.34.0 jupyterlab==3.6.8 jupyterlab_widgets==1.1.11
WIDGET_NOTEBOOKS = $(patsubst %.py,%.ipynb,$(shell grep -lE 'began_lib\.(panels|lab)|ipywidgets' notebooks/[0-9][0-9]_*.py))

.PHONY: help lab test notebooks refresh address test-colab page archive install clean

help:
	@echo "make lab        open JupyterLab at notebooks/00_start_here.ipynb      LAB_ARGS=--no-browser"
	@echo "make test       every test, the notebooks included                   TEST_ARGS='-k controller' WORKERS=8"
	@echo "                ... in the other number format than the hardware's   BEGAN_PRECISION=fp32 (or bf16)"
	@echo "make notebooks  run the suite; copies and HTML in build/notebooks    ONLY='00 05' BEGAN_PROFILE=paper"
	@echo "make refresh    make the committed .ipynb anew from the scripts      ONLY='00 05'"
	@echo "make address    write the repository's address where it is shown     (from pyproject.toml)"
	@echo "make test-colab the notebooks with widgets, and the lab in a browser, on Colab's old versions"
	@echo "make page       serve the live lab as a page of its own, for a class     PAGE_ARGS=--no-browser"
	@echo "make archive    build/began.zip of the last commit, to upload to Colab"
	@echo "make install    only make .venv                                      PYTHON=/path/to/python"
	@echo "make clean      remove the environments and build/; data and runs stay"

lab: $(INSTALLED)
	$(BIN)/python -m tools.notebooks.lab $(LAB_ARGS)

test: $(INSTALLED)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --nbmake tests notebooks --ignore=tests/browser \
	  $(TEST_ARGS); first=$$?; \
	test $$first -eq 0 || test $$first -eq $(NONE_SELECTED) || exit $$first; \
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/browser $(TEST_ARGS); second=$$?; \
	test $$second -ne $(NONE_SELECTED) || exit $$first; \
	exit $$second

notebooks: $(INSTALLED)
	$(BIN)/python -m tools.notebooks.execute $(ONLY)

refresh: $(INSTALLED)
	$(BIN)/python -m tools.notebooks.refresh $(ONLY)

address: $(INSTALLED)
	$(BIN)/python -m tools.notebooks.address

test-colab: $(COLAB_INSTALLED)
	@$(COLAB_VENV)/bin/python -c 'import sys, ipywidgets as found; \
	  sys.exit(f"make: found ipywidgets {found.__version__}: remove $(COLAB_VENV) and try again" \
	  if f"ipywidgets=={found.__version__}" not in "$(COLAB_VERSIONS)".split() else 0)'
	OMP_NUM_THREADS=1 $(COLAB_VENV)/bin/python -m pytest -n $(WORKERS) --nbmake $(or $(WIDGET_NOTEBOOKS),$(error no notebook has widgets)) $(TEST_ARGS)
	OMP_NUM_THREADS=1 $(COLAB_VENV)/bin/python -m pytest tests/browser/test_old_widgets.py

page: $(INSTALLED)
	$(BIN)/python -m tools.notebooks.page
	$(BIN)/python -m voila build/page/live_lab.ipynb $(PAGE_ARGS)

archive:
	mkdir -p build
	git archive --format=zip --output=build/began.zip HEAD

install: $(INSTALLED)

# An environment that some other Python made, or that lost its Python, is made anew.
$(INSTALLED): pyproject.toml
	@if ! $(BIN)/python -c '$(FITS)' 2>/dev/null; then \
	  found=; \
	  for candidate in $(PYTHON); do \
	    if "$$candidate" -c '$(FITS)' 2>/dev/null; then found="$$candidate"; break; fi; \
	  done; \
	  if test -z "$$found"; then \
	    echo "make: began_lib needs Python 3.11, 3.12, 3.13 or 3.14 with its venv module; none among: $(PYTHON)." >&2; \
	    echo "make: install one (on Debian and Ubuntu also python3-venv), or name one: make PYTHON=/path/to/python" >&2; \
	    exit 1; \
	  fi; \
	  echo "$$found -m venv $(VENV)"; \
	  "$$found" -m venv --clear $(VENV) || exit 1; \
	fi
	$(BIN)/python -m pip install --disable-pip-version-check -e '.[lab,test]'
	@touch $@

# A second environment that sees .venv's packages behind its own, so that torch is neither downloaded nor stored twice.
# Made anew when the Makefile changes, where its versions are.
$(COLAB_INSTALLED): $(INSTALLED) Makefile
	$(BIN)/python -m venv --clear $(COLAB_VENV)
	@shared=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])'); \
	own=$$($(COLAB_VENV)/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])'); \
	echo "import site; site.addsitedir('$$shared')" > "$$own/shared.pth"
	$(COLAB_VENV)/bin/python -m pip install --disable-pip-version-check $(COLAB_VERSIONS)
	@touch $@

clean:
	rm -rf $(VENV) $(COLAB_VENV) build
