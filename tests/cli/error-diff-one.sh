qemu-cflow diff golden.db 2>&1
