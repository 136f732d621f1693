# A limit that is none.
qemu-cflow export -f json -i golden.db --limit 0 2>&1
