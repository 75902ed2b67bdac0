# The commands of this project. `make run` shows it, `make test` says whether it holds.

CARGO ?= cargo
# Optimised a little: from nothing it is built in three quarters of the work of a release, and runs a demo on a fraction of a core.
PROFILE ?= ci

.PHONY: run console test check drill measure bench fmt setup

# Builds everything and shows a whole office on http://127.0.0.1:8080, with its data in ./data/demo.
# More to choose: make run DEMO="--customers 200 --listen 127.0.0.1:9000"; PROFILE=release for measurements.
run: console
	@scripts/setup-build
	$(CARGO) run --profile $(PROFILE) --bin dashoffice -- demo $(DEMO)

# The console, built for the binary to embed.
console:
	@scripts/setup-node
	@scripts/build-console

# Every test: the console's own, the server's with a PostgreSQL that is gone afterwards, clients that are generated from openapi.json, and
# the stories in a browser. What is drawn by lot is drawn the same each time (PROPTEST_RNG_SEED=… for other draws); `make drill` draws
# anew, and more.
test: setup console
	cd web && npm run check && npm run lint && npm test
	PROPTEST_RNG_SEED=$${PROPTEST_RNG_SEED:-1} scripts/with-postgres $(CARGO) nextest run --workspace
	DASHOFFICE_BINARY="$${CARGO_TARGET_DIR:-$(CURDIR)/target}/debug/dashoffice" scripts/check-clients
	cd web && DASHOFFICE_BINARY="$${CARGO_TARGET_DIR:-$(CURDIR)/target}/debug/dashoffice" npm run e2e

# What a reviewer would say first: format, lints, broken links in the documentation, what we stand on.
check:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" $(CARGO) doc --workspace --no-deps --document-private-items
	scripts/check-dependencies

# The failure drills at length (LONG=0: in short), whole days of an office that dies at every step, and whatever anybody may send:
# KILLS=1000 SIMULATIONS=20000 CASES=1000000 make drill (what meets a real socket or a real database is tried fifty times less often)
# LAST_RELEASE=/path/of/its/dashoffice goes there and back with the program of the last release, too.
drill: setup
	SIMULATIONS=$${SIMULATIONS:-2000} $(CARGO) nextest run --profile drill -p dashoffice-supervisors --test simulation --cargo-profile ci
	PROPTEST_CASES=$${CASES:-1000000} $(CARGO) nextest run --profile drill -p dashoffice-domain -p dashoffice-api --cargo-profile ci -E 'binary(fuzz) | binary(golden) | test(/replay::/)'
	PROPTEST_CASES=$$(( $${CASES:-1000000} / 50 )) $(CARGO) nextest run --profile drill -p dashoffice-api --cargo-profile ci -E 'test(/^fuzz::/)'
	KILLS=$${KILLS:-50} LONG=$${LONG:-1} scripts/with-postgres $(CARGO) nextest run --profile drill -p dashoffice --test drill --cargo-profile ci --success-output final $(if $(LAST_RELEASE),--run-ignored all)

# How fast, how soon, at what cost (docs/performance.md): about an hour on a machine that does nothing else.
measure: setup
	$(CARGO) build --release -p dashoffice -p dashoffice-load-tests
	scripts/measure target/measurements/sqlite
	scripts/with-postgres scripts/measure target/measurements/postgres

# What each step of a message costs by itself (docs/performance.md): two minutes.
bench: setup
	$(CARGO) bench -p dashoffice-api --bench micro

fmt:
	$(CARGO) fmt --all

# Installs what is missing on a fresh Debian; says nothing and does nothing where all is there.
setup:
	@for step in scripts/setup-*; do "$$step"; done
