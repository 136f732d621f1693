# A key that does not exist.
qemu-cflow report -i golden.db --by loops 2>&1
