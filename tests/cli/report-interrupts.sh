# What took control away, by cause and handler.
qemu-cflow report -i golden.db --sysroot sysroot --interrupts
