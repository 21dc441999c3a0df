# Every target sets up what it needs; `make help` lists them.
.DEFAULT_GOAL := help
TSX := node --import tsx

.PHONY: help setup check test test-quick prove-tests record demo clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the packages and compile, each only when needed
	@node scripts/setup.mjs

check: ## Format, lint, types, import rules, dead code, forbidden text
	@node scripts/setup.mjs --install-only
	@$(TSX) scripts/check.ts $(ARGS)

test: setup ## All tests this machine can run (ARGS="unit lab" for some projects)
	@$(TSX) scripts/test.ts $(ARGS)

test-quick: setup ## Tests without servers, fewer simulation seeds: at most three minutes
	@$(TSX) scripts/test.ts --quick $(ARGS)

prove-tests: setup ## Break the product on purpose: each named test must turn red (ARGS="--only S1")
	@$(TSX) scripts/prove-tests.ts $(ARGS)

record: setup ## Record the histories that the replay tests replay for ever
	@$(TSX) test/replay/record.ts $(ARGS)

demo: setup ## A real failover on this machine (ARGS=--yes answers every question; "--patroni --kubernetes --yes": on those)
	@$(if $(and $(filter --patroni,$(ARGS)),$(filter --kubernetes,$(ARGS))),$(TSX) scripts/demo-packages.ts &&) node dist/src/bin/holdfast.js demo $(ARGS)

clean: ## Remove what the targets made, except the packages
	@rm -rf dist coverage test-output
