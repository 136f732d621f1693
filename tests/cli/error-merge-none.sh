qemu-cflow merge -o out.db 2>&1
