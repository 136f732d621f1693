# info looks at the whole file.
dd if=/dev/zero of=golden.db bs=4096 seek=6 count=1 conv=notrunc status=none
qemu-cflow info -i golden.db 2>&1
