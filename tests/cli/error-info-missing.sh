# No such file.
qemu-cflow info -i nothing.db 2>&1
