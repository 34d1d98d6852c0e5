# make demo: everything from set-up to a rollback, on the local AWS. make test: every test and check.
# make faults: every call of a deploy, a rollback and a prune killed, 1,000 histories: about fifty minutes.
# make bench: what docs/performance.md says, measured on this machine, which takes half an hour.
.PHONY: setup demo test faults bench check clean
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

setup: .venv/ready

.venv/ready: requirements.txt pyproject.toml scripts/setup scripts/node/package-lock.json
	scripts/setup $(PYTHON)
	@touch $@

demo: setup
	$(BIN)/python scripts/demo.py

test: setup
	scripts/check
	scripts/test

faults: setup
	scripts/faults

bench: setup
	bench/release
	bench/provision
	bench/load

check: setup
	scripts/check

clean:
	-$(BIN)/invoke sandbox.reset
	rm -rf .venv .artifacts .sandbox scripts/node/bin scripts/node/node_modules
