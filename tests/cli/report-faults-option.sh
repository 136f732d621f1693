# --faults is --sort faults.
qemu-cflow report -i golden.db --sysroot sysroot --sort faults > sorted
qemu-cflow report -i golden.db --sysroot sysroot --faults | cmp - sorted && echo "the same"
qemu-cflow report -i golden.db --sysroot sysroot --faults --interrupts > both
qemu-cflow report -i golden.db --sysroot sysroot --interrupts | cmp - both && echo "the same"
