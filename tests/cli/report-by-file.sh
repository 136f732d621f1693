# By source file.
qemu-cflow report -i golden.db --sysroot sysroot --debug-dir debug --by file
