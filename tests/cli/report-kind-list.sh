# Several kinds, and names for groups of them.
qemu-cflow report -i golden.db --sysroot sysroot --kind return,call | tail -n +9
qemu-cflow report -i golden.db --sysroot sysroot --kind indirect,unknown | tail -n +9
qemu-cflow report -i golden.db --sysroot sysroot --kind conditional | tail -n +9
