# --limit
qemu-cflow report -i golden.db --limit ten 2>&1
qemu-cflow report -i golden.db --limit -1 2>&1
qemu-cflow report -i golden.db --limit 2>&1
