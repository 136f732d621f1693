# No such file.
qemu-cflow report -i nothing.db 2>&1
