qemu-cflow diff --min-count=-1 golden.db golden.db 2>&1
