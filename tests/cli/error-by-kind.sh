# Blocks have no kind.
qemu-cflow report -i golden.db --by block --kind call 2>&1
