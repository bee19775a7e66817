# Hitotsu: builds, tests and shows itself. `make help` lists what it can do.

CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
B ?= build
NPM ?= build/npm
PREFIX ?= /usr/local
SAN ?=

ROOMS := core qr fares operators
PARTS_core := libh2o libuv openssl lmdb libsodium libcbor libcjson libzip libutf8proc inih libcurl zlib \
	cairo pangocairo
PARTS_qr := libqrencode libpng
PARTS_tests := cmocka zbar
PARTS := $(PARTS_core) $(PARTS_qr)

# What a fresh Debian 12 lacks. Pinned by the release's own archive.
APT_BUILD := gcc make pkg-config libc6-dev libh2o-dev libuv1-dev libssl-dev liblmdb-dev \
	libsodium-dev libcbor-dev libcjson-dev libcsv-dev libzip-dev libutf8proc-dev libinih-dev \
	libqrencode-dev libpng-dev libcurl4-openssl-dev zlib1g-dev zip libpango1.0-dev fonts-ipaexfont-gothic
APT_TEST := libcmocka-dev libzbar-dev poppler-utils $(if $(shell command -v npm),,nodejs npm)
APT_CHECK := $(if $(shell command -v clang),,clang) libclang-rt-14-dev

J := -j$(shell nproc)
SAN_ALL := -fsanitize=address,undefined -fno-sanitize-recover=undefined
WARN := -Wall -Wextra -Wpedantic -Werror
OPT ?= -O2 -g
CFLAGS_ALL = -std=c11 -D_GNU_SOURCE $(WARN) $(OPT) $(SAN) -fno-strict-aliasing -pthread -I. -MMD -MP \
	$(shell pkg-config --cflags $(PARTS) 2>/dev/null) $(CFLAGS)
LIBS = $(shell pkg-config --libs $(PARTS) 2>/dev/null) -lcsv -lpthread

include operators/gate.mk

SRC = $(wildcard $(addsuffix /*.c,$(ROOMS)))
LIB = $(foreach room,operators fares qr core,$(B)/lib$(room).a)
TESTS = $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/*_test.c))
HELP_SRC = $(filter-out $(wildcard tests/*_test.c),$(wildcard tests/*.c))
HELP_OBJ = $(patsubst %.c,$(B)/obj/%.o,$(HELP_SRC))
SAMPLE_DIRS = $(wildcard fares/sample/gtfs/*)
SAMPLES = $(patsubst fares/sample/gtfs/%,$(B)/sample/%.zip,$(SAMPLE_DIRS))

.PHONY: all demo run test check tidy bench fuzz fuzz-run fuzz-seeds clean install help deps-build deps-test \
	deps-bench deps-check units api
.SECONDARY:
.DEFAULT_GOAL := help

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

all: $(B)/hitotsu $(GATE_LIBS) $(SAMPLES) ## build the program, the gate library and the sample feeds

$(B)/hitotsu: $(B)/obj/main.o $(LIB)
	@echo "  LD  $@"
	@$(CC) $(SAN) -pthread -o $@ $< $(LIB) $(LIBS)

$(B)/obj/%.o: %.c | deps-build
	@mkdir -p $(@D)
	@echo "  CC  $<"
	@$(CC) $(CFLAGS_ALL) -c -o $@ $<

define room_library
$(B)/lib$(1).a: $(patsubst %.c,$(B)/obj/%.o,$(wildcard $(1)/*.c))
	@rm -f $$@
	@mkdir -p $$(@D)
	@ar rcs $$@ $$^
endef
$(foreach room,$(ROOMS),$(eval $(call room_library,$(room))))

$(B)/tests/%: $(B)/obj/tests/%.o $(HELP_OBJ) $(LIB)
	@mkdir -p $(@D)
	@$(CC) $(SAN) -pthread -o $@ $< $(HELP_OBJ) $(LIB) $(LIBS) \
		$(shell pkg-config --libs $(PARTS_tests))

$(B)/sample/%.zip: fares/sample/gtfs/% $(wildcard fares/sample/gtfs/*/*.txt)
	@mkdir -p $(@D)
	@rm -f $@
	@cd $< && zip -qX9 $(abspath $@) *.txt

-include $(shell find $(B)/obj $(B)/pic -name '*.d' 2>/dev/null)

# --- what is missing is installed, and said ------------------------------------------------------
define apt_install
	@[ -z "$(strip $(1))" ] || { missing=$$(dpkg-query -W -f '$${Package} $${Status}\n' $(1) 2>/dev/null | \
		awk '/install ok installed/{print $$1}' | sort > /tmp/hitotsu-have.$$$$; \
		printf '%s\n' $(1) | sort | comm -23 - /tmp/hitotsu-have.$$$$; rm -f /tmp/hitotsu-have.$$$$); \
	if [ -n "$$missing" ]; then \
		echo "Installing from Debian:" $$missing; \
		if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; \
		$$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi; }
endef

deps-build:
	$(call apt_install,$(APT_BUILD))
deps-test: deps-build
	$(call apt_install,$(APT_TEST))
	@mkdir -p $(NPM)
	@cmp -s tests/package-lock.json $(NPM)/package-lock.json || { \
		cp tests/package.json tests/package-lock.json tests/.npmrc $(NPM)/ && \
		echo "Installing the tests' packages from npm" && \
		cd $(NPM) && npm ci --ignore-scripts --no-audit --no-fund --silent; }
deps-bench: deps-test
	@mkdir -p $(NPM)-bench
	@cmp -s tests/bench/package-lock.json $(NPM)-bench/package-lock.json || { \
		cp tests/bench/package.json tests/bench/package-lock.json tests/.npmrc $(NPM)-bench/ && \
		echo "Installing the bench's peer from npm" && \
		cd $(NPM)-bench && npm ci --ignore-scripts --no-audit --no-fund --silent; }
deps-check: deps-test
	$(call apt_install,$(APT_CHECK))

# --- seeing it -----------------------------------------------------------------------------------
DEMO_LISTEN ?= 127.0.0.1:0
FEEDS ?=
demo: deps-build ## walk the journey: import, sell, ride, settle, count (FEEDS="dir/*.zip": on those feeds)
	@$(MAKE) --no-print-directory $(J) all
	@rm -rf $(B)/demo
	$(B)/hitotsu demo --data $(B)/demo --listen $(DEMO_LISTEN) $(if $(FEEDS),--real $(FEEDS),$(SAMPLES))

run: deps-build ## the journey, then a server that goes on at 127.0.0.1:8080
	@$(MAKE) --no-print-directory $(J) all
	@rm -rf $(B)/demo
	$(B)/hitotsu demo --keep --data $(B)/demo --listen 127.0.0.1:8080 $(SAMPLES)

# --- testing it ----------------------------------------------------------------------------------
units: $(TESTS)
	@printf '%s\n' $(TESTS) | xargs -P 2 -I{} sh -c \
		'{} >{}.log 2>&1; code=$$?; echo "== $$(basename {})"; cat {}.log; exit $$code'

api: $(B)/hitotsu $(SAMPLES)
	HITOTSU=$(abspath $(B)/hitotsu) HITOTSU_SAMPLES=$(abspath $(B)/sample) HITOTSU_NPM=$(abspath $(NPM)) \
		node tests/run.mjs $(sort $(abspath $(wildcard tests/api/*.test.mjs)))

test: deps-test ## units, contract tests, vectors, black-box tests
	@$(MAKE) --no-print-directory $(J) all
	@$(MAKE) --no-print-directory $(J) units
	@$(MAKE) --no-print-directory api

BENCH_TICKETS ?= 1000000
BENCH_GROWTH ?= 100000,10000000
BENCH_RUNS ?= 3
BENCH_MS ?= 8000
BENCH_DATA ?= $(B)/bench
bench: deps-bench ## speed as ratios, into build/bench.json (QUICK=1: half a minute)
	@$(MAKE) --no-print-directory $(J) all
	@rm -rf $(BENCH_DATA)
	HITOTSU_BENCH_NPM=$(abspath $(NPM)-bench) $(B)/hitotsu bench --data $(BENCH_DATA) $(if $(QUICK),--quick,--tickets $(BENCH_TICKETS) \
		--growth $(BENCH_GROWTH) --runs $(BENCH_RUNS) --time-ms $(BENCH_MS)) --out $(B)/bench.json \
		--peer tests/bench/duckdb.mjs $(if $(ONLY),--only $(ONLY)) \
		--commit $$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
	@rm -rf $(BENCH_DATA)

FUZZ_SECONDS ?= 30
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
$(B)/fuzz/fuzz_%: FUZZ_MAIN = -fsanitize=fuzzer
$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(B)/obj/tests/fuzz/fuzz.o $(B)/obj/tests/ticket_samples.o $(LIB)
	@mkdir -p $(@D)
	@$(CC) $(SAN) $(FUZZ_MAIN) -pthread -o $@ $^ $(LIBS)
fuzz: deps-check ## feed every parser what nobody thought of (FUZZ_SECONDS=30 each)
	@$(MAKE) --no-print-directory $(J) fuzz-run B=$(B)/fuzzing CC=clang OPT='-O1 -g' \
		SAN='-fsanitize=fuzzer-no-link $(SAN_ALL)'
fuzz-run: $(FUZZ:%=$(B)/fuzz/fuzz_%)
	@for name in $(FUZZ); do \
		mkdir -p $(B)/found/$$name; \
		$(B)/fuzz/fuzz_$$name -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 \
			-artifact_prefix=$(B)/found/$$name- $(B)/found/$$name tests/fuzz/corpus/$$name \
			>$(B)/found/$$name.log 2>&1 || { cat $(B)/found/$$name.log; exit 1; }; \
		echo "fuzz $$name: $$(tail -1 $(B)/found/$$name.log)"; done
fuzz-seeds: $(B)/fuzz/seeds
	$< tests/fuzz/corpus

tidy: deps-test ## the line between rooms, one door a library, sizes, pure files
	@$(MAKE) --no-print-directory $(J) all
	node tests/tidy.mjs --build $(B)

# The sanitizers hide from gcc what it would otherwise know of a number's range.
ASAN = B=$(B)/asan OPT='-O1 -g' SAN='$(SAN_ALL)' CFLAGS=-Wno-format-truncation
check: deps-check ## tidy, then the tests under ASan and UBSan, then clang
	@$(MAKE) --no-print-directory tidy
	@$(MAKE) --no-print-directory $(J) units $(ASAN)
	@$(MAKE) --no-print-directory $(J) all $(ASAN)
	@$(MAKE) --no-print-directory api $(ASAN)
	@$(MAKE) --no-print-directory $(J) units B=$(B)/clang CC=clang

install: all install-gate ## into PREFIX (/usr/local), DESTDIR respected
	install -Dm755 $(B)/hitotsu $(DESTDIR)$(PREFIX)/bin/hitotsu
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/hitotsu/feeds $(SAMPLES)
	install -Dm644 operators/sample/operators.csv $(DESTDIR)$(PREFIX)/share/hitotsu/operators.csv

clean: ## remove what was built
	rm -rf $(B)
