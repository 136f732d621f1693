# Functions by name; without symbols there are none.
qemu-cflow report -i golden.db --sysroot sysroot --symbol 'h*r'
qemu-cflow report -i golden.db --symbol 'main' | tail -n +9
