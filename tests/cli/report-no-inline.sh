# Without inlined functions, and with names as they are in the file.
qemu-cflow report -i golden.db --sysroot sysroot --debug-dir debug -n 2 --no-inline | sed -n '9,$p'
qemu-cflow report -i golden.db --sysroot sysroot --debug-dir debug -n 2 --no-demangle | sed -n '9,$p'
