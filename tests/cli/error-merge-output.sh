qemu-cflow merge golden.db 2>&1
