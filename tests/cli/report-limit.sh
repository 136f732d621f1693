# Entries beyond the limit.
qemu-cflow report -i golden.db --sysroot sysroot -n 2
