# The source with counts, as gcov prints it, here with branches.
"$(dirname "$0")/../golden/make-coverage.sh" . || exit 1
qemu-cflow coverage -i cover.db --sysroot sysroot --lines cover.c --branches
