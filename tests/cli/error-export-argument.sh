# An argument too many.
qemu-cflow export -f json golden.db 2>&1
