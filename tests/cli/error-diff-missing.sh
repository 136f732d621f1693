qemu-cflow diff golden.db nothing.db 2>&1
