# No such process, nothing to sort by.
qemu-cflow report -i golden.db --process nothing 2>&1
qemu-cflow report -i golden.db --process 471 --by process 2>&1
qemu-cflow report -i golden.db --by process --kind taken 2>&1
qemu-cflow report -i golden.db --by block --process 4711 2>&1
