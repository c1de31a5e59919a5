# newsharvest: `make help` lists the targets.

SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
OUTPUT := output
SAMPLE := $(OUTPUT)/sample-archive.db
LOGS := $(OUTPUT)/logs

# The sites that `make harvest` crawls, and how many articles of each it takes from the web.
SITES ?= abplive amarujala bhaskar jagran theprintlines
LIMIT ?= 20
LIVE ?=
CORPUS ?=
# Tests at once: many of them wait for a crawl.
JOBS ?= 4

.PHONY: help setup harvest test test-slow test-wordpress clean lock

help:  ## this list
	@echo "make TARGET"; echo
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)$$/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name what; do printf '  %-14s %s\n' "$$name" "$$what"; done
	@echo; echo "make harvest LIVE=1 SITES=\"abplive bhaskar\"   crawls the web, $(LIMIT) articles a site"
	@echo "make harvest CORPUS=FOLDER                    imports a folder of your own"
	@echo "PYTHON=/path/to/python3.11 chooses the Python that .venv is made with"

setup: $(STAMP)  ## make .venv with the locked dependencies

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "newsharvest needs Python 3.11 or newer, and none was found; name one: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "newsharvest needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" --version 2>&1). Name another: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "setting up $(VENV) with $$("$(PYTHON)" --version) (once; takes a minute or two)"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e . >$(VENV)/install.log 2>&1 \
		|| { cat $(VENV)/install.log >&2; exit 1; }
	@touch $@

# One crawl: $(1) the spider, $(2) its arguments, $(3) the name shown. Its log is kept; warnings and the summary are shown.
define crawl
@mkdir -p $(LOGS)
@$(BIN)/scrapy crawl $(1) $(2) -s LOG_FILE=$(LOGS)/$(3).log -s LOG_FILE_APPEND=False \
	|| { echo "crawling $(3) failed; the end of $(LOGS)/$(3).log:" >&2; tail -n 15 $(LOGS)/$(3).log >&2; exit 1; }
@sed -n -e 's/^.*\] \(WARNING\|ERROR\|CRITICAL\): /  \1: /p' -e 's/^.*\] INFO: \(.* (.*): .* stored, .* rejected\)\. Database.*/crawled \1/p' $(LOGS)/$(3).log

endef

harvest: $(STAMP)  ## crawl, clean and store: the sample sites, offline (LIVE=1: the web; CORPUS=folder: your files)
ifneq ($(CORPUS),)
	@test -e "$(CORPUS)" || { echo "CORPUS=$(CORPUS): there is no such folder" >&2; exit 1; }
	@$(BIN)/newsharvest import "$(CORPUS)"
else ifneq ($(LIVE),)
	@echo "crawling the web: one request at a time a site, 1 to 2 s between them"
	$(foreach site,$(SITES),$(call crawl,$(site),-s CLOSESPIDER_ITEMCOUNT=$(LIMIT),$(site)))
else
	@$(BIN)/python samples/build.py $(SAMPLE)
	$(foreach site,$(SITES),$(call crawl,$(site),,$(site)))
	$(call crawl,wordpress,-a url=https://www.samachar-udyan.example/ -a site=samachar-udyan,samachar-udyan)
	$(call crawl,feed,-a url=https://nadi-kinare.example/feed/ -a site=nadi-kinare,nadi-kinare)
	$(call crawl,sitemap,-a url=https://www.seema-patrika.example/sitemap.xml -a site=seema-patrika,seema-patrika)
	@$(BIN)/newsharvest import samples/corpus --site sample-corpus
endif
	@echo
	@$(BIN)/newsharvest stats --summary

# Offline unless LIVE=1: the crawl reads the sample archive instead of the web.
ifeq ($(LIVE)$(CORPUS),)
harvest: export HARVEST_REPLAY := $(CURDIR)/$(SAMPLE)
endif

test: $(STAMP)  ## run the tests
	@$(BIN)/python -m pytest -q -m "not slow and not wordpress" -n $(JOBS) --dist worksteal

test-slow: $(STAMP)  ## run the tests that take long
	@$(BIN)/python -m pytest -q -m slow

test-wordpress: $(STAMP)  ## run the tests against a real WordPress (Debian's packages)
	@$(BIN)/python -m pytest -q -m wordpress

clean:  ## remove what was built and harvested; .venv stays
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
	find $(OUTPUT) -mindepth 1 -not -name .gitkeep -delete

lock:  ## resolve the dependencies anew and write requirements.lock
	@"$(PYTHON)" -m venv build/lock
	@build/lock/bin/python -m pip install --quiet --disable-pip-version-check "pip-tools>=7.5"
	@build/lock/bin/pip-compile --quiet --strip-extras --allow-unsafe --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --extra test --extra parquet --extra browse --all-build-deps \
		--upgrade --output-file requirements.lock pyproject.toml
	@{ echo "# Every dependency of newsharvest and of its tests, pinned: written by \`make lock\`."; grep -v "^# The following" requirements.lock | cat -s; } > build/lock/text \
		&& mv build/lock/text requirements.lock && rm -rf build/lock
	@echo "requirements.lock: $$(grep -c '==' requirements.lock) packages"
