qemu-cflow merge -o out.db golden.db nothing.db 2>&1
ls
