qemu-cflow diff --threshold much golden.db golden.db 2>&1
