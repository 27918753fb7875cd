# docs/operations.md has the plain commands behind each target.
# PYTHON=/path/to/python3.12 chooses the Python of .venv; by itself, deployments/install.sh finds one.
PYTHON ?=
BIN := .venv/bin
INSTALL = $(BIN)/python deployments/install.py

.PHONY: help run test test-fast lint lint-template bench torture server serve login doctor verify look quarantine sql deploy undeploy assets lock clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/installed .env  ## the weekly flow, as .env says (ARGS=--verbose: with its whole log)
	@$(BIN)/python -m flows.weekly_chart $(ARGS)

# Three processes on two cores: many tests wait for servers.
test: .venv/installed-test  ## all tests; the servers that they need are started and stopped by them
	@$(BIN)/python -m pytest -n 3

# Two processes on two cores: a thread each. make test leaves Polars its threads, as users do.
test-fast: .venv/installed-test  ## the tests that need neither a server nor Prefect
	@POLARS_MAX_THREADS=1 $(BIN)/python -m pytest -n 2 -m "not server" tests/unit tests/simulator

lint: .venv/installed-test  ## style, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

lint-template: .venv/installed-test .venv/template/installed  ## form, safety and rights of deployments/aws.yaml
	@$(BIN)/python -m pytest -q tests/template

bench: .venv/installed-bench  ## speed and memory beside their rivals, to docs/benchmarks.md (ARGS="--only rebuild": a part)
	@$(BIN)/python -m tests.bench --write-docs $(ARGS)

torture: .venv/installed-test  ## crashes, faults, races, bad input: what is lost, to docs/reliability.md (ARGS="--only crashes": a part)
	@$(BIN)/python -m tests.torture --write-docs $(ARGS)

# umask: the database holds the key of the encrypted blocks.
server: .venv/installed  ## the Prefect server and its dashboard, http://127.0.0.1:4200
	@umask 077 && exec $(BIN)/prefect server start

serve: .venv/installed .env  ## every flow on its schedule, on this machine, without a worker (needs make server)
	@$(BIN)/python -m flows.serve

login: .venv/installed .env  ## let a user agree that the app reads their playlist (ARGS=--paste: without a browser here)
	@$(BIN)/python -m deployments.login $(ARGS)

doctor: .venv/installed .env  ## check everything, one line each, and say which source suits you
	@$(BIN)/python -m deployments.doctor

verify: .venv/installed .env  ## check the whole lake, and that a rebuild would change nothing (ARGS=--quick: no raw objects)
	@$(BIN)/python -m deployments.verify $(ARGS)

look: .venv/installed .env  ## open the page and the dashboard (ARGS=--print: only say where they are)
	@$(BIN)/python -m deployments.look $(ARGS)

quarantine: .venv/installed .env  ## what was refused, why, and how it is put back (python -m deployments.quarantine)
	@$(BIN)/python -m deployments.quarantine

sql: .venv/installed .env  ## a SQL prompt on the lake's catalog.duckdb, read-only (also: echo 'SELECT 1' | make sql)
	@$(BIN)/python -m deployments.sql

deploy: .venv/installed .env  ## put everything on your Prefect server: work pool, secrets, settings, flows, automations
	@$(BIN)/python -m deployments.deploy $(ARGS)

undeploy: .venv/installed .env  ## remove what make deploy made from your Prefect server; asks first (ARGS=--yes: does not)
	@$(BIN)/python -m deployments.undeploy $(ARGS)

.env:
	@echo '→ no .env yet: copying .env.example'
	@(umask 077 && cp .env.example .env)

# Built again, too, when its Python is gone or the folder has moved: the commands in .venv/bin hold the old path.
ifneq ($(shell test -x .venv/bin/python && test "$$(cat .venv/installed 2>&1)" = "$$(pwd -P)" && echo whole),whole)
.PHONY: .venv/installed
endif
.venv/installed: requirements.lock requirements-install.lock pyproject.toml
	@PYTHON='$(PYTHON)' sh deployments/install.sh --new --project .venv requirements.lock
	@pwd -P > $@

.venv/installed-test: .venv/installed requirements-test.lock
	@$(INSTALL) .venv requirements-test.lock
	@touch $@

# An environment of its own; the reason is in pyproject.toml.
.venv/template/installed: .venv/installed requirements-template.lock
	@$(INSTALL) --new .venv/template requirements-template.lock
	@touch $@

.venv/installed-bench: .venv/installed-test requirements-bench.lock
	@$(INSTALL) .venv requirements-bench.lock
	@touch $@

assets: .venv/installed-test  ## draw the page's charts again, after a change to scripts/page_charts.py or to Altair
	@$(BIN)/python -m scripts.page_charts

COMPILE = uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url

# Says name[extra]==1.0 a second time as name==1.0: pip 23.2 else takes the newest release for one of them.
# https://github.com/pypa/pip/issues/11026
TWICE = !/^ / { printf "%s", twice; twice = ""; extra = /^[a-z0-9.-]+\[/ } { print } \
	extra { line = $$0; sub(/\[[^]]*\]/, "", line); twice = twice line "\n" } END { printf "%s", twice }

lock:  ## resolve the dependencies of pyproject.toml again (needs uv)
	@mkdir -p build
	$(COMPILE) --extra test --extra dask pyproject.toml -o requirements-test.lock
	@sed 's/\[[^]]*\]//' requirements-test.lock > build/constraints.txt
	$(COMPILE) -c build/constraints.txt pyproject.toml -o requirements.lock
	$(COMPILE) -c build/constraints.txt --extra test --extra dask --extra bench pyproject.toml -o requirements-bench.lock
	$(COMPILE) --group template -o requirements-template.lock
	$(COMPILE) --group install -o requirements-install.lock
	@for lock in requirements-test requirements requirements-bench requirements-template; do \
		awk '$(TWICE)' $$lock.lock > build/lock && cp build/lock $$lock.lock; done

clean:  ## remove what make built; the lake stays
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
