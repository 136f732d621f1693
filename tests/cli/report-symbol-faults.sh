# Filters work on the source of a fault.
qemu-cflow report -i golden.db --sysroot sysroot --sort faults --symbol main --kind signal
