# No format.
qemu-cflow export -i golden.db 2>&1
