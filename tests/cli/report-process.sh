# One process, by its id; by the name of its program, which the other has, too.
qemu-cflow report -i golden.db --sysroot sysroot --process 4712
qemu-cflow report -i golden.db --sysroot sysroot --process 'dem*' --limit 1
qemu-cflow report -i golden.db --sysroot sysroot --process 4712 --format json | grep processes
qemu-cflow report -i golden.db --by process -p 4712 -f csv
