# One kind.
qemu-cflow report -i golden.db --sysroot sysroot --kind syscall
