# SPDX-License-Identifier: GPL-2.0-or-later
# The front door; meson.build has the substance.
#
#   make          build build/libcflow.so and build/qemu-cflow
#   make check    set up what is missing, then run all tests
#   make demo     set up what is missing, then record two programs and report
#   make demo-system    the same with Debian's kernel, booted in a whole machine
#   make demo-pgo  make SQLite faster with what was recorded, and measure it
#                 (doc/PGO.md)
#   make bench    what recording costs, against plain QEMU and other plugins
#                 (BENCH=--quick, --boot, --only PROGRAM, ...; doc/PERFORMANCE.md)
#   make fuzz     mutated input for all that reads, under sanitizers; FUZZ_SECONDS=600
#                 for all of the targets together
#   make soak     record for SOAK_SECONDS=600 and check the counts and memory
#   make install  PREFIX=/usr/local, DESTDIR=
#   make clean    remove build directories

BUILD  = build
PREFIX = /usr/local
# Debian's Python: an interpreter from elsewhere may lack what meson needs.
export PATH := /usr/sbin:/usr/bin:/sbin:/bin:$(PATH)

.PHONY: all setup setup-system check demo demo-pgo demo-system bench fuzz soak install clean format

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet

$(BUILD)/build.ninja:
	meson setup $(BUILD) --prefix=$(PREFIX) $(MESON_OPTIONS)

setup:
	@scripts/install-deps
	@scripts/get-qemu > /dev/null

# Whole machines: built (with discontinuities), and Debian's own (without).
setup-system:
	@scripts/install-deps
	@scripts/get-qemu system > /dev/null
	@scripts/get-qemu --packaged > /dev/null
	@scripts/get-linux > /dev/null
	@scripts/get-linux aarch64 > /dev/null

check: setup setup-system
	@$(MAKE) --no-print-directory all
	@tests/check $(BUILD)

demo: setup
	@$(MAKE) --no-print-directory all
	@scripts/demo $(BUILD)

demo-system: setup
	@scripts/get-qemu x86_64-softmmu > /dev/null
	@$(MAKE) --no-print-directory all
	@scripts/demo-system $(BUILD)

demo-pgo: setup
	@$(MAKE) --no-print-directory all
	@scripts/demo-pgo --build $(BUILD) $(DEMO)

bench: setup
	@$(MAKE) --no-print-directory all
	@/usr/bin/python3 bench/bench.py --build $(BUILD) $(BENCH)

FUZZ_SECONDS = 600
fuzz: setup
	@$(MAKE) --no-print-directory all
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/check $(BUILD) fuzz

SOAK_SECONDS = 600
soak: setup
	@$(MAKE) --no-print-directory all
	@tests/soak/soak.sh $(BUILD) "$$(scripts/get-qemu --print)" $(SOAK_SECONDS)

install: all
	meson configure $(BUILD) --prefix=$(PREFIX)
	DESTDIR=$(DESTDIR) meson install -C $(BUILD) --quiet

clean:
	rm -rf $(BUILD) build-asan build-fuzz

format:
	clang-format -i $$(git ls-files '*.c' '*.h' ':!tests/guest')
