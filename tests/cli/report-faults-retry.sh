# What is no fault can be asked for.
qemu-cflow report -i golden.db --sysroot sysroot --sort faults --kind retry,signal-return
