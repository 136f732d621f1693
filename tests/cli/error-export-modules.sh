# A pattern that fits several modules.
qemu-cflow export -f json -i golden.db --module '*' 2>&1
