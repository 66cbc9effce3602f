# Turret. Everything that a command needs is installed into .venv first; see config/install.py.

# The environment's own Python, else the first one that is new enough; or name it: PYTHON=...
ifeq ($(origin PYTHON), undefined)
PYTHON := $(shell for name in .venv/bin/python python3.11 python3.12 python3.13 python3 python; do \
	$$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { command -v $$name; break; }; done)
endif
IN_VENV := exec .venv/bin/python -m

.PHONY: help run test bench chaos soak audit setup setup-dev lock python

help:
	@echo 'make run     set up and run Turret. PORT=8000 DEMO=1 WORKERS=1 TURRET_DATA_DIR=var'
	@echo 'make test    set up and run everything that must pass. ARGS="-k words" goes to pytest'
	@echo 'make bench   set up and run the benchmarks'
	@echo 'make chaos   set up and do a whole installation harm; ARGS="-k redis" chooses how'
	@echo 'make soak    set up and run at full speed. SOAK_MINUTES=10'
	@echo 'make audit   look for known vulnerabilities in what is locked'
	@echo 'make setup   only set up. TORCH=torch==2.13.0 chooses another build of torch'
	@echo 'make lock    resolve the dependencies in pyproject.toml anew'

run: setup
	@$(IN_VENV) config.serve

test: setup-dev
	@$(IN_VENV) config.check $(ARGS)

bench: setup-dev
	@export TURRET_DATA_DIR=$${TURRET_DATA_DIR:-var/bench}; \
	$(IN_VENV) config.embedded -- .venv/bin/python -m bench $(ARGS)

chaos: setup-dev
	@$(IN_VENV) pytest --capture=no -p no:randomly -m chaos tests/chaos $(ARGS)

soak: setup-dev
	@$(IN_VENV) bench.soak

audit: setup-dev
	@$(IN_VENV) pip_audit --disable-pip --require-hashes -r requirements.lock

setup: python
	@exec "$(PYTHON)" -m config.install

setup-dev: python
	@exec "$(PYTHON)" -m config.install --dev

# torch is left out: which build to take depends on the machine. Its metadata, which resolving
# needs, comes from the CPU index, or from UV_FIND_LINKS. openvino-telemetry
# would tell its makers of every conversion; without it OpenVINO runs silently.
UV_COMPILE = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-emit-package torch \
	--no-emit-package openvino-telemetry --override .venv/torch.txt \
	$(if $(UV_FIND_LINKS),,--index pytorch=https://download.pytorch.org/whl/cpu \
	--index-strategy unsafe-best-match)

lock: setup
	@sed -n 's/^ *"\(torch==[^"]*\)".*/\1+cpu/p' pyproject.toml > .venv/torch.txt
	$(UV_COMPILE) pyproject.toml -o requirements.lock
	$(UV_COMPILE) --group dev -c requirements.lock -o requirements-dev.lock
	echo 'uv' | .venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate - -o requirements-setup.lock

python:
	@[ -n "$(PYTHON)" ] || { echo 'turret: found no Python 3.11 or newer with venv. Install one' \
		'(Debian: python3-venv) or name it: make PYTHON=...' >&2; exit 1; }
