# Source lines, and what is inlined where.
qemu-cflow report -i golden.db --sysroot sysroot --debug-dir debug -n 4
