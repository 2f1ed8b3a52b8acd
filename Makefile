# Rukun. `make up` runs it, `make test` tests it; both install what they need. Needs Python >= 3.11 and make.
PYTHON ?= python3
BIN := .venv/bin
PYTEST_WORKERS ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export UV_LINK_MODE = copy
SOURCES := contracts chassis kemenag services rukun simulators tests bench

.PHONY: up demo test kafka-jars check format lock audit sbom contracts assets install install-dev clean help

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

up: install assets ## Install, then run everything on this machine (Ctrl-C stops it)
	@$(BIN)/rukun up

demo: install assets ## Play the story (while `make up` runs, or by itself)
	@$(BIN)/rukun demo

test: install-dev assets node_modules/.installed-dev ## Install, then run all tests
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: install-dev assets ## Format, lint, types, import rules, contracts current, deployment files valid
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/rukun contracts --check
	$(BIN)/python deploy/check.py

format: install-dev ## Format the code
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

contracts: install-dev ## Write schemas, AsyncAPI, OpenAPI, Kubernetes topics and the settings table anew
	$(BIN)/rukun contracts

install: .venv/.installed ## Make the environment
install-dev: .venv/.installed-dev
assets: kemenag/static/vendor/.made ## Take the pages' style kit

.venv/.uv: requirements/bootstrap.lock
	@$(PYTHON) -c 'import sys; sys.exit("Rukun needs Python 3.11 or newer; set PYTHON=…" if sys.version_info < (3, 11) else 0)'
	@echo "Menyiapkan lingkungan …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/bootstrap.lock
	@touch $@

.venv/.installed: .venv/.uv requirements/embedded.lock pyproject.toml
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/embedded.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

.venv/.installed-dev: .venv/.installed requirements/dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.lock
	@touch $@

kemenag/static/vendor/.made: package-lock.json | install
	@command -v npm >/dev/null || $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/node.lock
	@PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
	@mkdir -p kemenag/static/vendor
	@cp node_modules/@picocss/pico/css/pico.min.css kemenag/static/vendor/
	@touch $@

# What browser and partner tests use.
node_modules/.installed-dev: package-lock.json | assets
	@PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

kafka-jars: tests/kafka/jars/.made ## Fetch Apache Kafka's jars through Maven, for the tests that need the real engine
tests/kafka/jars/.made: tests/kafka/pom.xml
	@mvn -q -B -f tests/kafka/pom.xml dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=$(CURDIR)/tests/kafka/jars
	@touch $@

audit: .venv-audit/.installed ## Look the locked dependencies up in the list of known vulnerabilities (asks the network)
	@.venv-audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements/runtime.lock
	@PATH="$$PATH:$(CURDIR)/$(BIN)" npm audit --omit=dev

sbom: .venv-audit/.installed ## Write what a release consists of, as CycloneDX: rukun.cdx.json
	@.venv-audit/bin/cyclonedx-py requirements --pyproject pyproject.toml --of JSON -o rukun.cdx.json requirements/runtime.lock

.venv-audit/.installed: requirements/audit.lock | .venv/.uv
	@$(PYTHON) -m venv .venv-audit
	@$(BIN)/uv pip install --quiet --python .venv-audit/bin/python --require-hashes -r requirements/audit.lock
	@touch $@

lock: .venv/.uv ## Resolve the dependencies anew
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements/runtime.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra embedded --extra analysis pyproject.toml -o requirements/embedded.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra embedded --extra analysis --extra operator --extra dev pyproject.toml -o requirements/dev.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate requirements/audit.in -o requirements/audit.lock

clean: ## Remove what was installed and made (data in .rukun stays)
	rm -rf .venv .venv-audit node_modules kemenag/static/vendor
