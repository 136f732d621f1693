# No such profile.
qemu-cflow export -f json -i nothing.db 2>&1
