# Faults; early and exceptions are the same.
qemu-cflow report -i golden.db --sysroot sysroot --sort faults | tee first
qemu-cflow report -i golden.db --sysroot sysroot --sort early | cmp - first
qemu-cflow report -i golden.db --sysroot sysroot --sort exceptions | cmp - first
