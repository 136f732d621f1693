# By translation block, in one function.
qemu-cflow report -i golden.db --sysroot sysroot --debug-dir debug --by block --symbol main -n 4
