# Faults have two places.
qemu-cflow report -i golden.db --sysroot sysroot --debug-dir debug --sort faults -n 3 | tail -n +8
