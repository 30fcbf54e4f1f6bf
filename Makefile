# make help lists the targets.
SHELL = /bin/bash
.SHELLFLAGS = -euo pipefail -c
MAKEFLAGS += --no-print-directory

PREFIX ?= /usr/local
DESTDIR ?=
root = $(DESTDIR)$(PREFIX)
bin = $(root)/bin
share = $(root)/share

dependencies = Tests/Lab/install-dependencies
# With the Swift libraries inside: the installed program needs no Swift on the machine. Their hundred thousand relative relocations
# are packed, by the linker that comes with Swift: else each start reads two megabytes of them.
release = swift build -c release --static-swift-stdlib -Xswiftc -use-ld=lld -Xlinker -z -Xlinker pack-relative-relocs --product netjob
program = .build/release/netjob
sources = Package.swift $(shell find Sources -type f)
manuals = $(sort $(wildcard man/man?/*.?))

.PHONY: build test soak lint layers generated record pictures install uninstall demo deb test-deb bench bench-fleet clean help

build: $(program) ## build the release program, .build/release/netjob

# A file target, so that `sudo make install` after `make` builds nothing as root.
$(program): $(sources)
	@$(dependencies) build
	@$(release)
	@touch $@

test: ## install what is missing, run every test; the last line counts them
	@$(dependencies) build test
	@swift build --build-tests
	@Tests/Checks/run-tests

soak: ## two thousand sessions with good and bad devices, and what the process holds as they go
	@$(dependencies) build test
	@swift build --build-tests
	@NETJOB_SOAK=2000 Tests/Checks/run-tests --filter 'LabTests/Soak'

lint: ## formatting, scripts, and what lies where
	@$(dependencies) build test
	@Tests/Checks/lint

layers: ## no module imports one that is above it or that Package.swift does not name for it
	@swift build --explicit-target-dependency-import-check error
	@Tests/Checks/imports

generated: ## man/ and completions/ are what the command table says
	@swift build --build-tests
	@Tests/Checks/run-tests --filter GeneratedFiles

record: ## write man/ and completions/ anew from the command table
	@swift build --build-tests
	@NETJOB_RECORD=1 Tests/Checks/run-tests --filter GeneratedFiles

install: $(program) ## install below PREFIX (/usr/local), staged in DESTDIR
	@install -d "$(bin)" "$(share)/bash-completion/completions" "$(share)/zsh/site-functions" \
	  "$(share)/fish/vendor_completions.d"
	@install -s -m 755 $(program) "$(bin)/netjob"
	@install -m 644 completions/netjob.bash "$(share)/bash-completion/completions/netjob"
	@install -m 644 completions/_netjob "$(share)/zsh/site-functions/_netjob"
	@install -m 644 completions/netjob.fish "$(share)/fish/vendor_completions.d/netjob.fish"
	@for page in $(manuals); do install -D -m 644 "$$page" "$(share)/$$page"; done
	@echo "installed: $(bin)/netjob"

deb: $(program) ## the Debian package, .build/deb/netjob_VERSION_ARCHITECTURE.deb
	@$(dependencies) deb
	@Sources/Debian/make-package

test-deb: deb ## check the package with lintian; install, use and purge it in a copy of this system (as root)
	@lintian --fail-on error .build/deb/netjob_*.deb
	@Sources/Debian/try-package .build/deb/netjob_*.deb

uninstall: ## take back what install has put there
	@rm -f "$(bin)/netjob" "$(share)/bash-completion/completions/netjob" "$(share)/zsh/site-functions/_netjob" \
	  "$(share)/fish/vendor_completions.d/netjob.fish"
	@for page in $(manuals); do rm -f "$(share)/$$page"; done

demo: ## the whole story on a private router, in half a minute
	@Tests/Demo/demo

pictures: ## take README.md's pictures anew, of four real routers (as root)
	@$(dependencies) build test pictures
	@$(MAKE) build
	@Tests/Demo/take-pictures $(program) Tests/Demo/pictures

bench: ## a start beside git and sqlite3; an idle run-due beside sqlite3; next fires a second beside croniter; stored configurations beside git; a fleet's backup beside other SSH clients
	@$(dependencies) build bench
	@$(MAKE) build
	@Tests/Bench/start-up
	@Tests/Bench/idle-run-due
	@Tests/Bench/prune
	@Tests/Bench/verify
	@$(release:netjob=NextFires)
	@Tests/Bench/next-fires
	@$(release:netjob=Configurations)
	@Tests/Bench/configurations
	@Tests/Bench/fleet

bench-fleet: ## the fleet's backup alone
	@$(dependencies) build bench
	@$(MAKE) build
	@Tests/Bench/fleet

clean: ## remove what was built
	@rm -rf .build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | sort | expand -t 12
