# By branch, of some kinds.
qemu-cflow report -i golden.db --sysroot sysroot --debug-dir debug --by branch --kind conditional -n 3
