# Every branch site.
qemu-cflow report -i golden.db --sysroot sysroot --limit 0
