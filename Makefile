.DEFAULT_GOAL := help
.PHONY: help setup run test second lint e2e bench torture audit sbom locks
HOST ?= 127.0.0.1
PORT ?= 8000
PY := .venv/bin/python
# A file stays in one process (its servers are its own); the browser files come last.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

help:      ## this list
	@grep -E '^[a-z0-9]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /  make \1\t/' | expand -t 18

setup:     ## virtual environment, locked packages, system libraries
	@requirements/install base

run: setup ## serve on http://HOST:PORT (127.0.0.1:8000)
	@exec env HOST=$(HOST) PORT=$(PORT) $(PY) manage.py serve

test:      ## everything from nothing, then the whole suite
	@requirements/install test
	@exec $(PY) -m pytest $(PARALLEL) $(ARGS)

second:    ## the tests of the cores on a second Python of PATH (ARGS=tests: all of them)
	@requirements/install test
	@.ci/second-interpreter $(ARGS)

lint:      ## ruff, mypy (strict on both cores), import arrows, templates, migrations
	@requirements/install test
	@.ci/lint

e2e:       ## only the browser tests
	@requirements/install test
	@exec $(PY) -m pytest tests/browser $(ARGS)

bench:     ## the table of goals and measurements (SIZE=full for the heavy rows)
	@requirements/install bench
	@exec $(PY) -m benchmarks

torture:   ## the full counts that the tests only sample
	@requirements/install test
	@exec $(PY) -m benchmarks.torture

audit:     ## known holes in the locked packages, secrets in the tree
	@requirements/install test
	@exec $(PY) .ci/audit

sbom:      ## a CycloneDX bill of materials of the locked packages, on stdout
	@requirements/install test >&2
	@exec .venv/bin/cyclonedx-py requirements requirements/base.txt

locks:     ## compile requirements/*.in to hashed locks without addresses
	@requirements/install test
	@for name in uv base test bao26 bench; do .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q requirements/$$name.in -o requirements/$$name.txt || exit 1; done
