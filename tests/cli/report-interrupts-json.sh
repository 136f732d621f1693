# The same as JSON.
qemu-cflow report -i golden.db --sysroot sysroot --interrupts --kind signal --format json
