# Sites by number of destinations; popdest is the same.
qemu-cflow report -i golden.db --sysroot sysroot --sort destinations -n 4 | tee first
qemu-cflow report -i golden.db --sysroot sysroot --sort popdest -n 4 | cmp - first
