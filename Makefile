# Every command of the project. `make` alone lists them.
#
# .venv is made when it is missing or out of date, by tools/environment.py: with uv where it is on PATH,
# else with venv and pip. The stamps in it say what is installed: .core is what playing a demo
# needs, .services and the like are extras of pyproject.toml, .all is all of them.

# These three have common names, so the environment cannot set them, only make's command line.
PYTHON = python3
VENV = .venv
PINS = constraints.txt
NEWEST_PYTHON = python3.13
PY := $(VENV)/bin/python
CORE := $(VENV)/.core
ALL := $(VENV)/.all
LEARN = $(or $(wildcard $(ALL)),$(VENV)/.learn)
RUN := $(PY) -E -m runner
INSTALL = $(PYTHON) -E tools/environment.py fill '$(VENV)' '$(PINS)'

# Options come from make's command line or from the environment; the shell reads them there, so that
# they may hold any character.
DATABASE = $${DB:+"--db=$$DB"}
NUMBER = $${N:+"--n=$$N"}
KEPT = $${STATE:+"--state=$$STATE"}
LEARNER = $(NUMBER) $${TOPIC:+"--topic=$$TOPIC"} $(KEPT)
SHOWN = $${STEP:+"--step=$$STEP"} $${CODE:+"--code=$$CODE"} $${SQL:+"--sql=$$SQL"} $${SHORT:+"--short=$$SHORT"} $(DATABASE)

has_python := $(shell test -x '$(PY)' && echo yes)

.DEFAULT_GOAL := help
.SECONDEXPANSION:
.PRECIOUS: $(VENV)/.%
.PHONY: help demos quiz fix interview cards versions museum test prove check docs serve shots site lint format bench new newest pins clean
ifndef has_python
.PHONY: $(CORE)
endif

help:
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { sub("%", "NN", $$1); printf "  make %-10s %s\n", $$1, $$2 }' Makefile

# What a demo needs is known to the catalogue, which runs without anything installed. It need not be
# asked where all is there. What it cannot answer, such as a number without a demo, the command says.
chosen = $(if $(filter postgres,$(DB))$(filter postgres%,$(DATABASE_URL)),postgres) $(if $(REDIS_URL),redis)
extras = $(shell $(if $(has_python),$(PY),$(PYTHON)) -E -S -m runner.catalogue needs '$(1)' $(chosen) 2>/dev/null)
ready = $(or $(wildcard $(ALL)),$(CORE) $(patsubst %,$(VENV)/.%,$(call extras,$(1))))
last = $(shell $(if $(has_python),$(PY),$(PYTHON)) -E -S -m runner.learn.record '$(STATE)' 2>/dev/null)

demo-%: $$(call ready,$$*)  ## play a demo: its requests, SQL and verdicts (STEP=1 CODE=1 SQL=1 SHORT=1 DB=postgres)
	@$(RUN) demo '$*' $(SHOWN)

break-%: $$(call ready,$$*)  ## break a demo on purpose and watch its proofs turn red (N=3: the third way alone, STEP=1)
	@$(RUN) break '$*' $(SHOWN) $(NUMBER)

watch-%: $(ALL)  ## play a demo again at every save
	@$(RUN) watch '$*' $(SHOWN)

demos: $(CORE)  ## list the demos; Q=jwt searches titles, claims and READMEs
	@$(RUN) demos $${Q:+"--q=$$Q"}

quiz: $(LEARN)  ## answer: does the claim hold? What you missed comes again (N=10 TOPIC=security)
	@$(RUN) quiz $(LEARNER)

quiz-%: $(LEARN)
	@$(RUN) quiz '$*' $(LEARNER)

interview: $(LEARN)  ## answer aloud, then tick what you said (N=5 TOPIC=security)
	@$(RUN) interview $(LEARNER)

fix: $$(call ready,$$(last))  ## go on with what you were fixing
	@$(RUN) fix $(NUMBER) $(KEPT)

fix-%: $$(call ready,$$*)  ## repair a demo that was broken for you (N=3: the third exercise)
	@$(RUN) fix '$*' $(NUMBER) $(KEPT)

cards: $(LEARN)  ## write a deck for Anki: build/cathay-shop.apkg
	@$(RUN) cards

test: $(ALL)  ## run all proofs (DB=postgres: those of the demos, on PostgreSQL)
	@$(RUN) test $(DATABASE)

test-%: $$(call ready,$$*)  ## run the proofs of one demo
	@$(RUN) test '$*' $(DATABASE)

prove: $(ALL)  ## try every mutation of every demo: each must be caught (CHANGED=1: of the demos that you changed)
	@$(RUN) prove $(DATABASE) $${CHANGED:+"--changed=$$CHANGED"}

prove-%: $(ALL)
	@$(RUN) prove '$*' $(DATABASE)

hunt-%: $(ALL)  ## try small edits of a demo that no one wrote down; list those that no test notices
	@$(RUN) hunt '$*' $(DATABASE)

check: $(ALL)  ## say what a demo lacks, and whether transcripts and index are stale
	@$(RUN) check

check-%: $(ALL)
	@$(RUN) check '$*'

docs: $(ALL)  ## write the transcripts and the index again
	@$(RUN) docs

docs-%: $(ALL)
	@$(RUN) docs '$*'

serve: $(ALL)  ## serve the pages, live: run, break, poke (PORT=8001; HOST=0.0.0.0 for a class)
	@$(RUN) serve $${HOST:+"--host=$$HOST"} $${PORT:+"--port=$$PORT"}

site: $(ALL)  ## write the pages of all demos as files: build/site/index.html
	@$(RUN) site

shots: $(ALL)  ## take the pictures of the README
	@$(RUN) shots

new: $(CORE)  ## create a demo whose test fails: make new SLUG=etag_caching
	@$(RUN) new $${SLUG:+"--slug=$$SLUG"} $(NUMBER)

lint: $(ALL)  ## check style and formatting
	@$(PY) -E -m ruff check .
	@$(PY) -E -m ruff format --check .

format: $(ALL)  ## format the code
	@$(PY) -E -m ruff check --fix .
	@$(PY) -E -m ruff format .

versions: $(ALL)  ## play all demos on older and newer releases: docs/VERSIONS.md
	@$(RUN) versions

museum: $(ALL)  ## find the releases that ended what demos cannot show: docs/museum.json (takes 10 minutes)
	@$(RUN) museum

bench: $(ALL) $(VENV)/.load  ## measure start-up, the suite, a class, and what each cure is worth
	@$(RUN) bench

newest:  ## run all proofs on the newest Django (needs Python 3.12 or newer: NEWEST_PYTHON=…)
	@$(MAKE) --no-print-directory test VENV=.venv-newest PINS=constraints-newest.txt PYTHON=$(NEWEST_PYTHON)

pins: $(ALL)  ## pin the newest releases of everything
	@echo 'django<6' | $(call compile,3.11,constraints.txt) --constraint -
	@$(call compile,3.12,constraints-newest.txt)

compile = $(PY) -E -m uv pip compile -q --upgrade --universal --all-extras --no-header --no-annotate --python-version $(1) pyproject.toml -o $(2)

clean:  ## remove the virtual environments
	@$(PYTHON) -E tools/environment.py clean .venv .venv-newest

# Installing

$(CORE): $(PINS) pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not on the PATH; name a Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(INSTALL)

$(ALL): $(CORE) pyproject.toml runner/catalogue.py
	@$(INSTALL) all

$(VENV)/.%: $(CORE)
	@$(INSTALL) $*

# What is no command

demo- break- watch- test- fix-:
	@echo "Which demo? Give its number, as in \`make $@07\`; \`make demos\` lists them." >&2; exit 2

.DEFAULT:
	@echo "There is no \`make $@\`; \`make\` alone lists the commands." >&2; exit 2
