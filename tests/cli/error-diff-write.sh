# A result that cannot be written is trouble, too.
qemu-cflow diff golden.db golden.db 2>&1 > /dev/full
