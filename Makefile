# Two commands do all the set-up: `make demo` and `make test`. The others are for those who work on it.

PY := .venv/bin/python
export PYTHONPATH := $(CURDIR)
export ORT_DISABLE_TELEMETRY := 1
STATE := var

.DEFAULT_GOAL := help
.PHONY: help setup check test fast demo bench serve proto clean

help: ## what there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: ## environments, model weights, keys; does only what is missing
	@deploy/setup/system.sh
	@deploy/setup/environments.sh
	@printf '\n\033[1m● Model weights: about 500 MB, hash-checked\033[0m\n'
	@$(PY) -m triage.cli.main models fetch
	@$(PY) -m triage.cli.main keys init | tail -n 2

check: setup ## lint, formatting, types, imports
	@printf '\n\033[1m● Lint, formatting, types, imports (a minute)\033[0m\n'
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

test: check ## everything: checks, then all tests with real engines and real SIP
	@printf '\n\033[1m● Tests, first part: all that need neither speech engines nor telephones, side by side (about thirteen minutes)\033[0m\n'
	@$(PY) -m pytest -q --durations=15 -n auto --maxprocesses 4 --dist loadscope -m "not engines and not sip"
	@printf '\n\033[1m● Tests, second part: real SIP without speech engines, two at a time (two minutes)\033[0m\n'
	@$(PY) -m pytest -q --durations=5 -n 2 --dist loadfile -m "sip and not engines"
	@printf '\n\033[1m● Tests, third part: real engines and whole real calls, one after the other (about ten minutes)\033[0m\n'
	@$(PY) -m pytest -q --durations=15 -m engines

fast: ## only the tests that need neither weights nor telephones
	@$(PY) -m pytest -q -m "not engines and not sip and not in_process"

demo: setup ## four real calls, from the first ring to a verified audit log
	@printf '\n\033[1m● The demo: four real calls (about five minutes)\033[0m\n'
	@$(PY) -m triage.cli.main demo

bench: setup ## measures real calls on this machine; JSON lines and a table
	@$(PY) -m tests.bench.distress
	@$(PY) -m tests.bench.desk
	@$(PY) -m tests.bench.vault
	@$(PY) -m tests.bench.calls

serve: setup ## the appliance on this machine, until Ctrl-C
	@$(PY) -m triage.cli.main serve

proto: ## generate triage/v1 anew from proto/
	@$(PY) -m grpc_tools.protoc -Iproto --python_out=. --pyi_out=. --grpc_python_out=. proto/triage/v1/*.proto

clean: ## remove environments and state
	rm -rf .venv .venv-language $(STATE)
