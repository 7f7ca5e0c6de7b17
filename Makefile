# Every command of the house. `make` alone lists them.
#
# .venv is made when it is missing or the pins changed: with uv where it is on PATH, else with
# venv and pip. The stamp .core says that what playing a demo needs is installed, .all that the
# services and the tools of development are as well.

PYTHON ?= python3
NEWEST_PYTHON ?= python3.13
VENV ?= .venv
PINS ?= constraints.txt
PY := $(VENV)/bin/python
CORE := $(VENV)/.core
ALL := $(VENV)/.all
UV := $(shell command -v uv 2>/dev/null)
RUN := $(PY) -m runner
DATABASE = $(if $(DB),--db=$(DB))
OPTIONS = $(if $(STEP),--step=$(STEP)) $(if $(CODE),--code=$(CODE)) $(if $(SQL),--sql=$(SQL)) $(if $(SHORT),--short=$(SHORT)) $(DATABASE)

# A .venv whose interpreter is gone counts as missing.
$(shell test -x $(PY) || rm -f $(CORE) $(ALL))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDEXPANSION:
.PHONY: help demos test prove check docs lint format bench new newest pins clean

help:
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { sub("%", "NN", $$1); printf "  make %-10s %s\n", $$1, $$2 }' Makefile

# What a demo needs stands in its tests: the marks of the services.
marks := mark\.(database\("postgres|redis|celery|openapi)
ready = $(if $(DB)$(DATABASE_URL)$(shell grep -sEl '$(marks)' demos/$(1)_*/tests.py demos/0$(1)_*/tests.py),$(ALL),$(CORE))

demo-%: $$(call ready,$$*)  ## play a demo: its requests, SQL and verdicts (STEP=1 CODE=1 SQL=1 DB=postgres)
	@$(RUN) demo $* $(OPTIONS)

break-%: $$(call ready,$$*)  ## break a demo on purpose and watch its proofs turn red
	@$(RUN) break $* $(OPTIONS)

watch-%: $(ALL)  ## play a demo again at every save
	@$(RUN) watch $* $(OPTIONS)

demos: $(CORE)  ## list the demos; Q=jwt searches titles, claims and READMEs
	@$(RUN) demos $(if $(Q),"--q=$(Q)")

test: $(ALL)  ## run all proofs (DB=postgres: all of them on PostgreSQL)
	@$(RUN) test $(DATABASE)

test-%: $$(call ready,$$*)  ## run the proofs of one demo
	@$(RUN) test $* $(DATABASE)

prove: $(ALL)  ## try every mutation of every demo: each must be caught
	@$(RUN) prove $(DATABASE)

check: $(ALL)  ## say what a demo lacks, and whether transcripts and index are stale
	@$(RUN) check

docs: $(ALL)  ## write the transcripts and the index anew
	@$(RUN) docs

new: $(CORE)  ## lay down a failing demo: make new SLUG=etag_caching
	@$(RUN) new $(if $(SLUG),"--slug=$(SLUG)") $(if $(N),"--n=$(N)")

lint: $(ALL)  ## check style and formatting
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

format: $(ALL)  ## format the code
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: $(ALL)  ## measure start-up, the suite, and what each cure is worth
	@$(RUN) bench

newest:  ## run all proofs on the newest Django (needs Python 3.12 or newer: NEWEST_PYTHON=…)
	@$(MAKE) --no-print-directory test VENV=.venv-newest PINS=constraints-newest.txt PYTHON=$(NEWEST_PYTHON)

pins: $(ALL)  ## pin the newest releases of everything
	@echo 'django<6' | $(call compile,3.11,constraints.txt) --constraint -
	@$(call compile,3.12,constraints-newest.txt)

compile = $(PY) -m uv pip compile -q --upgrade --universal --all-extras --no-header --no-annotate --python-version $(1) pyproject.toml -o $(2)

clean:  ## remove the virtual environments
	@rm -rf .venv .venv-newest

# Installing

dependencies = import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*p["dependencies"], *(d for extra in "$(1)".split() for d in p["optional-dependencies"][extra]), sep="\n")

define install
@$(PYTHON) -c '$(call dependencies,$(1))' > $(VENV)/requirements.txt
@$(if $(UV),uv pip install -q --compile-bytecode --python $(PY),$(PY) -m pip install -qq --disable-pip-version-check) \
	-r $(VENV)/requirements.txt -c $(PINS) \
	|| { echo "Installing failed; is a package index reachable? Then run the command again." >&2; exit 2; }
@touch $@
endef

$(CORE): $(PINS)
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not on the PATH; name a Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11; name a newer one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "making $(VENV) …" >&2
	@$(if $(UV),uv venv -q --clear --python $(PYTHON) $(VENV),$(PYTHON) -m venv --clear $(VENV))
	$(call install,)

$(ALL): $(CORE)
	@echo "installing the services and tools …" >&2
	$(call install,services openapi dev)
