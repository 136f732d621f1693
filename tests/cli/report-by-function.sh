# Counts by function.
qemu-cflow report -i golden.db --sysroot sysroot --debug-dir debug --by function
