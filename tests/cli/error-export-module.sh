# No such module.
qemu-cflow export -f json -i golden.db --module nothing 2>&1
