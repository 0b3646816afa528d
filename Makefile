# The same without make: python3 platform/config/bootstrap.py run | test
PYTHON ?= python3
PORT ?= 8000

.PHONY: run test prove format lock help
help:                ## What there is
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:[^#]*## /\t/'
run:                 ## The demo school on http://127.0.0.1:8000/ (PORT=8001, SIMULATE=wechat,alipay,stripe)
	@$(PYTHON) platform/config/bootstrap.py run --port $(PORT)
test:                ## Everything that can be tested on this machine (.ci/run: everything)
	@$(PYTHON) platform/config/bootstrap.py test
prove:               ## The promises, or some: make prove P="P1"
	@$(PYTHON) platform/config/bootstrap.py install
	@.venv/bin/python tests/bench/prove.py
format:              ## Bring code and templates into shape
	@.venv/bin/ruff check --fix . && .venv/bin/ruff format . && .venv/bin/djlint --reformat --quiet platform courses live cms
lock:                ## Resolve pyproject.toml again (needs uv)
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url pyproject.toml -o requirements.lock
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --extra speech -c requirements.lock pyproject.toml -o requirements-speech.lock
