# The same with symbols from a sysroot.
qemu-cflow report -i golden.db --sysroot sysroot
