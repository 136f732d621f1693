mkdir out
qemu-cflow merge -o out golden.db 2>&1
qemu-cflow merge -o nowhere/out.db golden.db 2>&1
