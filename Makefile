# SPDX-License-Identifier: GPL-2.0-or-later
# The front door; meson.build has the substance.
#
#   make          build build/libcflow.so and build/qemu-cflow
#   make check    set up what is missing, then run all tests
#   make demo     set up what is missing, then record two programs and report
#   make demo-system    the same with Debian's kernel, booted in a whole machine
#   make bench    what recording costs, against plain QEMU and other plugins
#                 (BENCH=--quick, --only PROGRAM, ...; doc/PERFORMANCE.md)
#   make install  PREFIX=/usr/local, DESTDIR=
#   make clean    remove build directories

BUILD  = build
PREFIX = /usr/local
# Debian's Python: an interpreter from elsewhere may lack what meson needs.
export PATH := /usr/sbin:/usr/bin:/sbin:/bin:$(PATH)

.PHONY: all setup setup-system demo-system check demo bench install clean format

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

bench: setup
	@$(MAKE) --no-print-directory all
	@/usr/bin/python3 bench/bench.py --build $(BUILD) $(BENCH)

install: all
	meson configure $(BUILD) --prefix=$(PREFIX)
	DESTDIR=$(DESTDIR) meson install -C $(BUILD) --quiet

clean:
	rm -rf $(BUILD) build-asan

format:
	clang-format -i $$(git ls-files '*.c' '*.h' ':!tests/guest')
